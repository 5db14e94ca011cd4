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

// As docker walks a context: a rule is asked only where it would change the answer, and what it says of a
// directory holds for all that is below.
bool IgnoreRules::ignores(std::string_view path) const {
  std::vector<bool> held(rules_.size());
  bool ignored = false;
  for (size_t end = 0; end != path.size();) {
    end = std::min(path.find('/', end == 0 ? 0 : end + 1), path.size());
    ignored = false;
    for (size_t i = 0; i < rules_.size(); ++i) {
      if (!held[i] && rules_[i].negated == ignored) held[i] = rules_[i].pattern.matches(path.substr(0, end));
      if (held[i]) ignored = !rules_[i].negated;
    }
  }
  return ignored;
}

bool IgnoreRules::may_reinclude_below(std::string_view path) const {
  return std::any_of(rules_.begin(), rules_.end(),
                     [&](const Rule& rule) { return rule.negated && rule.pattern.may_match_below(path); });
}

}  // namespace tierbuild::fs
