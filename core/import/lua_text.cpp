#include "import/lua_text.hpp"

#include "base/strings.hpp"

namespace tierbuild {
namespace {

constexpr size_t kWidth = 110;

std::string braces(const std::vector<std::string>& items, size_t indent) {
  std::string line = "{ " + join(items, ", ") + " }";
  if (items.empty()) return "{}";
  if (line.size() + indent + 12 <= kWidth) return line;
  std::string margin(indent + 2, ' ');
  std::string out = "{\n" + margin;
  size_t column = margin.size();
  for (const std::string& item : items) {
    if (column + item.size() + 2 > kWidth && column > margin.size()) {
      out.pop_back();
      out += "\n" + margin;
      column = margin.size();
    }
    out += item + ", ";
    column += item.size() + 2;
  }
  out.pop_back();
  return out + "\n" + std::string(indent, ' ') + "}";
}

bool is_identifier(const std::string& name) {
  static const std::vector<std::string> kKeywords{
      "and", "break", "do",  "else", "elseif", "end",    "false",  "for",  "function", "goto",  "if",
      "in",  "local", "nil", "not",  "or",     "repeat", "return", "then", "true",     "until", "while"};
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) return false;
  if (std::find(kKeywords.begin(), kKeywords.end(), name) != kKeywords.end()) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; });
}

std::string one_line(std::string_view text) {
  std::string line;
  for (char c : printable(text)) line += c == '\n' || c == '\t' ? ' ' : c;
  return line;
}

}  // namespace

std::string lua_quote(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '\n')
      out += "\\n";
    else if (byte < ' ' || byte == 0x7f)
      out += fmt::format("\\{:03}", byte);
    else if (c == '\'' || c == '\\')
      (out += '\\') += c;
    else
      out += c;
  }
  return out + "'";
}

std::string lua_list(const std::vector<std::string>& words, size_t indent) {
  std::vector<std::string> quoted;
  for (const std::string& word : words) quoted.push_back(lua_quote(word));
  return braces(quoted, indent);
}

std::string lua_table(const std::vector<std::pair<std::string, std::string>>& pairs, size_t indent) {
  std::vector<std::string> items;
  for (const auto& [name, value] : pairs)
    items.push_back((is_identifier(name) ? name : "[" + lua_quote(name) + "]") + " = " + lua_quote(value));
  return braces(items, indent);
}

std::string lua_comment(std::string_view text) {
  std::string line = one_line(text);
  if (line.size() <= kWidth - 6) return line;
  line.resize(kWidth - 9);
  while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xc0) == 0x80) line.pop_back();
  if (!line.empty() && static_cast<unsigned char>(line.back()) >= 0xc0) line.pop_back();
  return line + "…";
}

std::string lua_comment_item(std::string_view text) {
  std::string all = one_line(text), out = "--  ";
  size_t column = out.size();
  for (std::string_view word : split(all, ' ')) {
    if (column + 1 + word.size() > kWidth) {
      out += "\n--    ";
      column = 6;
    }
    out.append(" ").append(word);
    column += 1 + word.size();
  }
  return out + "\n";
}

}  // namespace tierbuild
