#include "import/script.hpp"

#include <algorithm>
#include <set>

#include "base/strings.hpp"
#include "import/lua_text.hpp"

namespace tierbuild::imports {
namespace {

constexpr size_t kLongLine = 90;

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// The first words of the commands between `&&` and `||`, quotes not looked at.
std::vector<std::string> first_words(const std::string& script) {
  std::vector<std::string> words;
  for (size_t at = 0; at < script.size();) {
    size_t end = std::min({script.find("&&", at), script.find("||", at), script.size()});
    std::string_view command = trim(std::string_view(script).substr(at, end - at));
    words.emplace_back(command.substr(0, command.find_first_of(" \t")));
    at = end + 2;
  }
  return words;
}

// A command in lines that end with a backslash, broken at blanks outside of quotes.
std::string folded(const std::string& command, const std::string& margin) {
  std::string out, word;
  size_t column = 0;
  auto put = [&] {
    if (column > 0 && column + word.size() > kLongLine) {
      out += " \\\n" + margin + "  ";
      column = 2;
    } else if (column > 0) {
      out += ' ';
    }
    out += word;
    column += word.size() + 1;
    word.clear();
  };
  char quote = 0;
  for (char c : command) {
    if (quote == 0 && c == ' ') {
      put();
      continue;
    }
    if (quote != 0 ? c == quote : c == '\'' || c == '"') quote = quote == 0 ? c : 0;
    word += c;
  }
  put();
  return out;
}

}  // namespace

bool is_plain(const std::string& script) {
  if (script.find_first_of("$`;\n(){}!\\#") != std::string::npos) return false;
  for (size_t at = 0; at < script.size(); ++at) {
    if (script[at] != '&' && script[at] != '|') continue;
    bool twice = at + 1 < script.size() && script[at + 1] == script[at];
    if (!twice) return false;
    ++at;
  }
  static const std::set<std::string> kOthers = {".",    "source", "set", "eval",  "exec",
                                                "trap", "if",     "for", "while", "until",
                                                "case", "then",   "do",  "shift", "read"};
  for (const std::string& word : first_words(script))
    if (word.empty() || kOthers.contains(word) || word.find('=') != std::string::npos) return false;
  return true;
}

std::string in_lines(const std::string& script, const std::string& margin) {
  if (script.find_first_of("`\n\\#") != std::string::npos || script.find("<<") != std::string::npos ||
      script.find("$(") != std::string::npos)
    return script;
  std::string tidy;
  std::vector<size_t> breaks;
  char quote = 0;
  for (size_t i = 0; i < script.size(); ++i) {
    char c = script[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '$' && script.substr(i, 2) == "${") {
      std::string variable = script.substr(i, script.find('}', i) - i);
      if (std::any_of(variable.begin(), variable.end(), is_blank)) return script;
    } else if (is_blank(c)) {
      if (!tidy.empty() && !is_blank(tidy.back())) tidy += ' ';
      continue;
    } else if (c == '&' && tidy.ends_with('&') && i + 1 < script.size() && is_blank(script[i + 1])) {
      breaks.push_back(tidy.size() + 1);
    }
    tidy += c;
  }
  if (quote != 0) return script;
  while (tidy.ends_with(' ')) tidy.pop_back();
  if (tidy.size() <= kLongLine) return tidy;
  std::string out;
  size_t from = 0;
  for (size_t at : breaks) {
    if (at >= tidy.size()) break;
    out += folded(tidy.substr(from, at - from), margin) + "\n" + margin;
    from = at + 1;  // the blank behind it
  }
  return out + folded(tidy.substr(from), margin);
}

std::string lua_text(const std::string& text) {
  bool odd = std::any_of(text.begin(), text.end(), [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return (byte < ' ' && c != '\n' && c != '\t') || byte == 0x7f;
  });
  bool brackets = text.find_first_of("\n'\\") != std::string::npos;
  if (odd || !brackets || text.find("]]") != std::string::npos || text.ends_with(']')) return lua_quote(text);
  // A line end right behind the brackets is not part of the text.
  return std::string("[[") + (text.starts_with('\n') || text.ends_with('\n') ? "\n" : "") + text + "]]";
}

}  // namespace tierbuild::imports
