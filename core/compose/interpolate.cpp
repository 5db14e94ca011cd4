#include "compose/interpolate.hpp"

#include <set>

namespace tierbuild::compose {
namespace {

constexpr size_t kDeepest = 32;
constexpr size_t kLongest = 1 << 20;

bool begins_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}

size_t name_end(std::string_view text, size_t at) {
  while (at < text.size() && (begins_name(text[at]) || std::isdigit(static_cast<unsigned char>(text[at]))))
    ++at;
  return at;
}

class Template {
 public:
  Template(const Lookup& lookup, const Unset& unset) : lookup_(lookup), unset_(unset) {}

  Result<std::string> fill(std::string_view text, size_t depth) {
    if (depth > kDeepest) return Error(Code::invalid, "variables are nested too deeply");
    std::string out;
    for (size_t at = 0; at < text.size();) {
      if (text[at] != '$') {
        out += text[at++];
        continue;
      }
      char next = at + 1 < text.size() ? text[at + 1] : '\0';
      if (next == '$') {
        out += '$';
        at += 2;
      } else if (next == '{') {
        size_t end = closing(text, at + 2);
        if (end == std::string_view::npos) return wrong(text.substr(at), "'${' without its '}'");
        TB_LET(std::string value, braced(text.substr(at + 2, end - at - 2), depth));
        out += value;
        at = end + 1;
      } else if (begins_name(next)) {
        size_t end = name_end(text, at + 1);
        out += plain(std::string(text.substr(at + 1, end - at - 1)));
        at = end;
      } else {
        return wrong(text.substr(at), "a '$' without a name");
      }
      if (out.size() > kLongest) return Error(Code::invalid, "a text grows beyond 1 MiB by its variables");
    }
    return out;
  }

 private:
  static Error wrong(std::string_view text, std::string_view what) {
    return Error::make(Code::invalid, "{} in '{}'", what, text.substr(0, 60))
        .hint("a dollar that is meant is written '$$'");
  }

  static size_t closing(std::string_view text, size_t at) {
    for (size_t depth = 1; at < text.size(); ++at) {
      if (text[at] == '$' && at + 1 < text.size() && text[at + 1] == '{')
        ++depth, ++at;
      else if (text[at] == '}' && --depth == 0)
        return at;
    }
    return std::string_view::npos;
  }

  std::string plain(const std::string& name) {
    std::optional<std::string> value = lookup_(name);
    if (!value) unset_(name);
    return value.value_or("");
  }

  // What stands between the braces.
  Result<std::string> braced(std::string_view text, size_t depth) {
    size_t end = text.empty() || !begins_name(text[0]) ? 0 : name_end(text, 0);
    if (end == 0) return wrong(text, "no name of a variable");
    std::string name(text.substr(0, end));
    if (end == text.size()) return plain(name);
    bool empty_counts = text[end] == ':';  // as unset
    size_t at = end + (empty_counts ? 1 : 0);
    char operation = at < text.size() ? text[at] : '\0';
    if (operation == '\0' || std::string_view("-+?").find(operation) == std::string_view::npos)
      return wrong(text, "no operator of variables");
    std::optional<std::string> value = lookup_(name);
    bool is_there = value && !(empty_counts && value->empty());
    std::string_view word = text.substr(at + 1);
    if (operation == '+') return is_there ? fill(word, depth + 1) : Result<std::string>(std::string());
    if (is_there) return *std::move(value);
    TB_LET(std::string other, fill(word, depth + 1));
    if (operation == '-') return other;
    return Error::make(Code::invalid, "the variable '{}' is missing{}{}", name, other.empty() ? "" : ": ",
                       other)
        .hint(fmt::format("set it: `{}=… tierbuild build …`, or in the project's .env", name));
  }

  const Lookup& lookup_;
  const Unset& unset_;
};

// Replaces in one document, which may grow so far by it.
class Replacer {
 public:
  Replacer(const Lookup& lookup, std::vector<Error>& warnings) : lookup_(lookup), warnings_(warnings) {}

  Status replace_in(document::Node& node) {
    if (node.kind == document::Node::Kind::text && node.text.find('$') != std::string::npos) {
      auto filled = interpolate(node.text, lookup_, [&](const std::string& name) {
        if (told_.insert(name).second)
          warnings_.push_back(
              Error::make(Code::invalid, "the variable '{}' is not set: it counts as empty", name)
                  .at(node.where));
      });
      if (!filled) return std::move(filled).error().at(node.where);
      node.text = std::move(filled).value();
      grown_ += node.text.size();
      if (grown_ > document::kMostBytes)
        return Error(Code::invalid, "variables make the file too large").at(node.where);
    }
    for (document::Node& item : node.items) TB_TRY(replace_in(item));
    for (document::Member& member : node.members) TB_TRY(replace_in(member.value));
    return {};
  }

 private:
  const Lookup& lookup_;
  std::vector<Error>& warnings_;
  std::set<std::string> told_;
  size_t grown_ = 0;
};

}  // namespace

Result<std::string> interpolate(std::string_view text, const Lookup& lookup, const Unset& unset) {
  return Template(lookup, unset).fill(text, 0);
}

Status interpolate(document::Node& node, const Environment& environment, std::vector<Error>& warnings) {
  Lookup lookup = [&](const std::string& name) -> std::optional<std::string> {
    auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  };
  return Replacer(lookup, warnings).replace_in(node);
}

}  // namespace tierbuild::compose
