#include "cli/dockerfile_lines.hpp"

#include <nlohmann/json.hpp>

#include "base/strings.hpp"

namespace tierbuild::cli {
namespace {

// `# escape=\`` in front of everything else changes the character that continues a line.
char escape_of(std::string_view text) {
  for (std::string_view line : split(text, '\n')) {
    line = trim(line);
    if (!line.starts_with('#')) break;
    std::string directive = lower(line.substr(1));
    std::string_view rest = trim(directive);
    if (rest.starts_with("escape=") && rest.size() == 8) return rest[7];
  }
  return '\\';
}

// The delimiters of `<<EOF`, `<<-"EOF"`, in order.
std::vector<std::string> heredocs(std::string_view line) {
  std::vector<std::string> found;
  for (size_t at = line.find("<<"); at != std::string_view::npos; at = line.find("<<", at)) {
    at += 2;
    if (at < line.size() && line[at] == '<') {  // `<<<` is no heredoc
      ++at;
      continue;
    }
    while (at < line.size() && (line[at] == '-' || line[at] == '"' || line[at] == '\'')) ++at;
    size_t end = at;
    while (end < line.size() && (std::isalnum(static_cast<unsigned char>(line[end])) || line[end] == '_'))
      ++end;
    if (end > at) found.emplace_back(line.substr(at, end - at));
    at = end;
  }
  return found;
}

bool takes_heredocs(const std::string& word) {
  return word == "run" || word == "copy" || word == "add";
}

}  // namespace

std::vector<DockerInstruction> docker_instructions(std::string_view text) {
  const char escape = escape_of(text);
  std::vector<DockerInstruction> all;
  std::vector<std::string> open_heredocs;
  bool continues = false;
  int number = 0;
  for (std::string_view raw : split(text, '\n')) {
    ++number;
    std::string_view line = trim(raw);
    if (!open_heredocs.empty() && !continues) {
      if (line == open_heredocs.front()) open_heredocs.erase(open_heredocs.begin());
      continue;
    }
    if (line.empty() || line.starts_with('#')) continue;  // also in the middle of an instruction
    bool more = line.ends_with(escape);
    if (more) line = trim(line.substr(0, line.size() - 1));
    if (!continues) {
      size_t end = std::min(line.find_first_of(" \t"), line.size());
      all.push_back({lower(line.substr(0, end)), std::string(trim(line.substr(end))), number, false});
    } else {
      all.back().rest += " " + std::string(line);
    }
    continues = more;
    if (continues || !takes_heredocs(all.back().word)) continue;
    open_heredocs = heredocs(all.back().rest);
    all.back().has_heredoc = !open_heredocs.empty();
  }
  return all;
}

std::vector<std::string> plain_words(std::string_view line) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    char c = line[i];
    if (quote == 0 && (c == ' ' || c == '\t')) {
      in_word = false;
      continue;
    }
    if (quote != '\'' && (c == '$' || c == '`')) return {};
    if (quote == 0 && std::string_view("|&;<>(){}").find(c) != std::string_view::npos) return {};
    if (!std::exchange(in_word, true)) words.emplace_back();
    if (quote == 0 && (c == '\'' || c == '"'))
      quote = c;
    else if (c == quote)
      quote = 0;
    else if (c == '\\' && quote != '\'' && i + 1 < line.size())
      words.back() += line[++i];
    else
      words.back() += c;
  }
  return quote == 0 ? words : std::vector<std::string>{};
}

std::vector<std::string> shell_commands(std::string_view line) {
  std::vector<std::string> commands(1);
  char quote = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    char c = line[i];
    bool both = c == '&' && i + 1 < line.size() && line[i + 1] == '&';
    if (quote == 0 && (c == ';' || both)) {
      commands.emplace_back();
      i += both ? 1 : 0;
      continue;
    }
    if (quote == 0 && (c == '\'' || c == '"'))
      quote = c;
    else if (c == quote)
      quote = 0;
    commands.back() += c;
  }
  std::vector<std::string> out;
  for (const std::string& command : commands)
    if (!trim(command).empty()) out.emplace_back(trim(command));
  return out;
}

std::vector<std::string> exec_form(std::string_view text) {
  if (!text.starts_with('[')) return {};
  auto json = nlohmann::json::parse(text, nullptr, false);
  std::vector<std::string> words;
  if (!json.is_array()) return {};
  for (const auto& word : json) {
    if (!word.is_string()) return {};
    words.push_back(word.get<std::string>());
  }
  return words;
}

std::string take_flags(std::string& rest, std::string_view wanted) {
  std::string value;
  while (rest.starts_with("--")) {
    size_t end = std::min(rest.find_first_of(" \t"), rest.size());
    std::string_view flag = std::string_view(rest).substr(2, end - 2);
    if (size_t equals = flag.find('='); equals != std::string_view::npos && flag.substr(0, equals) == wanted)
      value = flag.substr(equals + 1);
    rest = trim(std::string_view(rest).substr(end));
  }
  return value;
}

}  // namespace tierbuild::cli
