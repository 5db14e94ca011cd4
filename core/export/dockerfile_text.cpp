#include "export/dockerfile_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/strings.hpp"

namespace tierbuild::exports {
namespace {

// What the reader of a Dockerfile takes off words again.
std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string json_text(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string json_argv(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "[" : ", ") + json_text(word);
  return out.empty() ? "[]" : out + "]";
}

std::string quoted_value(std::string_view text) {
  return '"' + escaped(text, "\\\"$") + '"';
}

std::string path_words(const std::vector<std::string>& words) {
  std::vector<std::string> plain;
  for (const std::string& word : words) plain.push_back(escaped(word, "\\\"'$"));
  bool needs_list = std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word.empty() || word.find_first_of(" \t\n#[<") != std::string::npos;
  });
  return needs_list ? json_argv(plain) : join(plain, " ");
}

std::string as_pattern(std::string_view path) {
  std::string out;
  for (char c : path) {
    if (c == '*' || c == '?' || c == '[')
      out += fmt::format("[{}]", c);
    else
      out.append(c == '\\' ? 2 : 1, c);
  }
  return out;
}

std::string with_heredoc(const std::string& instruction, const std::string& rest, std::string_view text) {
  std::string end = "EOF";
  auto taken = [&] {
    std::vector<std::string_view> lines = split(text, '\n');
    return std::find(lines.begin(), lines.end(), end) != lines.end();
  };
  while (taken()) end += '_';
  std::string out = fmt::format("{} <<'{}'{}{}\n{}", instruction, end, rest.empty() ? "" : " ", rest, text);
  if (!text.ends_with('\n')) out += '\n';
  return out + end + '\n';
}

}  // namespace tierbuild::exports
