#include <algorithm>

#include "base/strings.hpp"
#include "fs/ignore_rules.hpp"

namespace tierbuild::fs {
namespace {

/// As filepath.Clean of Go, which Docker applies: no empty, `.` and inner `..` components, no '/' at either
/// end.
std::string clean(std::string_view pattern) {
  bool rooted = pattern.starts_with('/');
  std::vector<std::string> kept;
  for (std::string_view part : split(pattern, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..")
      kept.emplace_back(part);
    else if (!kept.empty() && kept.back() != "..")
      kept.pop_back();
    else if (!rooted)
      kept.emplace_back(part);
  }
  return join(kept, "/");
}

/// The rules that hold on a path. As docker walks a context: a rule is asked only where it would change the
/// answer so far, and one that holds on a directory holds on all that is below.
template <class Rules>
std::vector<bool> held_on(const Rules& rules, std::string_view path) {
  std::vector<bool> held(rules.size());
  for (size_t end = 0; end != path.size();) {
    end = std::min(path.find('/', end == 0 ? 0 : end + 1), path.size());
    bool ignored = false;
    for (size_t i = 0; i < rules.size(); ++i) {
      if (!held[i] && rules[i].negated == ignored) held[i] = rules[i].pattern.matches(path.substr(0, end));
      if (held[i]) ignored = !rules[i].negated;
    }
  }
  return held;
}

}  // namespace

Result<IgnoreRules> IgnoreRules::parse(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  IgnoreRules rules;
  int line = 0;
  for (std::string_view raw : split(text, '\n')) {
    ++line;
    std::string_view pattern = trim(raw);
    if (raw.starts_with('#') || pattern.empty()) continue;
    bool negated = pattern.starts_with('!');
    if (negated) pattern = trim(pattern.substr(1));
    if (pattern.empty()) return Error::make(Code::invalid, "line {}: nothing follows the '!'", line);
    std::string cleaned = clean(pattern);
    bool names_nothing = cleaned.empty() || cleaned == ".." || cleaned.starts_with("../");
    if (names_nothing) continue;
    TB_LET(IgnorePattern compiled, IgnorePattern::compile(cleaned), "in line {}", line);
    rules.rules_.push_back({std::move(compiled), negated});
  }
  return rules;
}

bool IgnoreRules::ignores(std::string_view path) const {
  std::vector<bool> held = held_on(rules_, path);
  for (size_t i = rules_.size(); i-- > 0;)
    if (held[i]) return !rules_[i].negated;
  return false;
}

bool IgnoreRules::may_reinclude_below(std::string_view path) const {
  std::vector<bool> held = held_on(rules_, path);
  for (size_t i = rules_.size(); i-- > 0;) {
    if (rules_[i].negated && rules_[i].pattern.may_match_below(path)) return true;
    if (!rules_[i].negated && held[i]) return false;
  }
  return false;
}

}  // namespace tierbuild::fs
