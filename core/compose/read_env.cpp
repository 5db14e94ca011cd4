// `.env` files.
#include "base/strings.hpp"
#include "compose/interpolate.hpp"

namespace tierbuild::compose {
namespace {

using Entries = std::vector<std::pair<std::string, std::optional<std::string>>>;

bool fits_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-' || c == '[' || c == ']';
  });
}

class EnvReader {
 public:
  EnvReader(std::string_view text, const std::string& file, const Lookup& lookup)
      : text_(text), file_(file), lookup_(lookup) {}

  Result<Entries> read() {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
    while (!text_.empty()) {
      std::string_view line = trim(text_.substr(0, text_.find('\n')));
      if (line.empty() || line[0] == '#') {
        next_line();
        continue;
      }
      TB_TRY(entry());
    }
    return std::move(entries_);
  }

 private:
  Error wrong(std::string message) const {
    return Error(Code::invalid, std::move(message)).at({file_, line_, 1});
  }

  void take(size_t count) {
    line_ += static_cast<int>(std::count(text_.begin(), text_.begin() + static_cast<long>(count), '\n'));
    text_.remove_prefix(count);
  }
  void next_line() { take(std::min(text_.find('\n'), text_.size() - 1) + 1); }

  std::optional<std::string> known(const std::string& name) const {
    if (std::optional<std::string> outside = lookup_(name)) return outside;
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry)
      if (entry->first == name) return entry->second;
    return std::nullopt;
  }

  Result<std::string> expanded(std::string_view value) const {
    auto filled = interpolate(
        value, [this](const std::string& name) { return known(name); }, [](const std::string&) {});
    if (!filled) return std::move(filled).error().at({file_, line_, 1});
    return filled;
  }

  Status entry() {
    size_t end = std::min(text_.find('\n'), text_.size());
    std::string_view line = text_.substr(0, end);
    size_t equals = line.find_first_of("=:");
    std::string_view name = trim(line.substr(0, equals));
    if (name.starts_with("export ") || name.starts_with("export\t")) name = trim(name.substr(7));
    if (equals == std::string_view::npos) name = trim(name.substr(0, name.find(" #")));
    if (!fits_name(name)) return wrong(fmt::format("'{}' is no name of a variable", printable(name)));
    std::string key(name);
    if (equals == std::string_view::npos) {
      entries_.emplace_back(key, lookup_(key));
      next_line();
      return {};
    }
    take(equals + 1);
    take(std::min(text_.find_first_not_of(" \t"), text_.size()));
    TB_LET(std::string content, value());
    size_ += content.size();
    if (size_ > document::kMostBytes) return wrong("the values are too large");
    entries_.emplace_back(std::move(key), std::move(content));
    return {};
  }

  Result<std::string> value() {
    char quote = text_.empty() ? '\n' : text_[0];
    if (quote == '\'' || quote == '"') {
      size_t end = 1;
      while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' ? 2 : 1;
      if (end >= text_.size()) return wrong("the quote does not end");
      std::string inside(text_.substr(1, end - 1));
      TB_LET(std::string content, quote == '\'' ? Result<std::string>(unescaped(inside, true))
                                                : expanded(unescaped(inside, false)));
      take(end + 1);
      std::string_view rest = trim(text_.substr(0, text_.find('\n')));
      if (!rest.empty() && rest[0] != '#')
        return wrong(fmt::format("'{}' stands behind the quotes", printable(rest)));
      if (!text_.empty()) next_line();
      return content;
    }
    std::string_view line = text_.substr(0, text_.find('\n'));
    for (size_t i = 0; i < line.size(); ++i)
      if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) {
        line = line.substr(0, i);
        break;
      }
    TB_LET(std::string content, expanded(trim(line)));
    if (!text_.empty()) next_line();
    return content;
  }

  static std::string unescaped(std::string_view text, bool only_quotes) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      char next = i + 1 < text.size() ? text[i + 1] : '\0';
      if (text[i] != '\\' || next == '\0' || (only_quotes && next != '\'')) {
        out += text[i];
        continue;
      }
      ++i;
      switch (next) {
        case 'n':
          out += '\n';
          break;
        case 'r':
          out += '\r';
          break;
        case 't':
          out += '\t';
          break;
        case '$':
          out += "$$";
          break;
        case '"':
        case '\'':
        case '\\':
          out += next;
          break;
        default:
          out.append({'\\', next});
      }
    }
    return out;
  }

  std::string_view text_;
  const std::string& file_;
  const Lookup& lookup_;
  Entries entries_;
  int line_ = 1;
  size_t size_ = 0;
};

}  // namespace

Result<Entries> read_env(std::string_view text, const std::string& file, const Lookup& lookup) {
  return EnvReader(text, file, lookup).read();
}

}  // namespace tierbuild::compose
