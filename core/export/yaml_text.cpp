#include "export/yaml_text.hpp"

#include "base/strings.hpp"

namespace tierbuild::exports {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// What YAML 1.1 or 1.2 takes for something else than text.
bool is_keyword(std::string_view text) {
  static const std::vector<std::string> kKeywords{"y",   "n",    "yes",   "no",  "on",
                                                  "off", "true", "false", "null"};
  return std::find(kKeywords.begin(), kKeywords.end(), lower(text)) != kKeywords.end();
}

// Plain in block and flow style alike, but for `${{ … }}`, which stands in block style only.
bool is_plain(std::string_view text, bool flow) {
  if (text.empty() || is_keyword(text)) return false;
  if (!is_letter(text[0]) && text[0] != '/' && text[0] != '_' && text[0] != '$' && text[0] != '.')
    return false;
  if (text[0] == '.' && (text.size() == 1 || !(is_letter(text[1]) || text[1] == '/'))) return false;
  std::string_view more = flow ? "_./:@%+=-*$~" : "_./:@%+=-*$~ ,{}[]()'\"|&!<>?;\\";
  for (char c : text)
    if (!is_letter(c) && !is_digit(c) && more.find(c) == std::string_view::npos) return false;
  return text.find(": ") == std::string_view::npos && text.back() != ':' && text.back() != ' ';
}

std::string double_quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (c == '\n')
      out += "\\n";
    else if (byte < ' ' || byte == 0x7f)
      out += fmt::format("\\x{:02x}", byte);
    else
      out += c;
  }
  return out + "\"";
}

std::string scalar(std::string_view text, bool flow) {
  if (is_plain(text, flow)) return std::string(text);
  auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), is_control)) return double_quoted(text);
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

}  // namespace

std::string yaml_scalar(std::string_view text) {
  return scalar(text, false);
}

void YamlText::start_line() {
  text_.append(2 * depth_, ' ');
  if (!std::exchange(dash_, false)) return;
  text_.replace(text_.size() - 2, 2, "- ");
}

void YamlText::key(std::string_view key) {
  start_line();
  (text_ += yaml_scalar(key)) += ':';
}

void YamlText::comment(std::string_view text) {
  for (std::string_view line : split(text, '\n')) {
    text_.append(2 * depth_, ' ');
    ((text_ += "# ") += printable(line)) += '\n';
  }
}

void YamlText::blank() {
  text_ += '\n';
}

void YamlText::entry(std::string_view name, std::string_view value) {
  key(name);
  if (value.find('\n') == std::string_view::npos || value[0] == ' ') {
    ((text_ += ' ') += yaml_scalar(value)) += '\n';
    return;
  }
  text_ += ' ';
  block(value);
}

void YamlText::block(std::string_view value) {
  text_ += "|\n";
  if (value.ends_with('\n')) value.remove_suffix(1);
  for (std::string_view line : split(value, '\n')) {
    if (!line.empty()) text_.append(2 * (depth_ + 1), ' ');
    (text_ += line) += '\n';
  }
}

void YamlText::number(std::string_view name, int64_t value) {
  key(name);
  text_ += fmt::format(" {}\n", value);
}

void YamlText::flag(std::string_view name, bool value) {
  key(name);
  text_ += value ? " true\n" : " false\n";
}

void YamlText::list(std::string_view name, const std::vector<std::string>& items) {
  std::vector<std::string> words;
  for (const std::string& item : items) words.push_back(scalar(item, true));
  key(name);
  text_ += fmt::format(" [{}]\n", join(words, ", "));
}

void YamlText::empty_map(std::string_view name) {
  key(name);
  text_ += " {}\n";
}

void YamlText::map(std::string_view name, const Inside& inside) {
  key(name);
  text_ += '\n';
  ++depth_;
  inside();
  --depth_;
}

void YamlText::item(const Inside& inside) {
  ++depth_;
  dash_ = true;
  inside();
  --depth_;
}

void YamlText::item(std::string_view text) {
  item([&] {
    start_line();
    (text_ += yaml_scalar(text)) += '\n';
  });
}

void YamlText::script_item(std::string_view script) {
  if (script.find('\n') >= script.size() - 1) return item(trim(script));
  item([&] {
    start_line();
    block(script);
  });
}

}  // namespace tierbuild::exports
