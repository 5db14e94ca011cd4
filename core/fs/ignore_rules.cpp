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

bool IgnoreRules::ignores(std::string_view path) const {
  auto last = std::find_if(rules_.rbegin(), rules_.rend(), [&](const Rule& rule) {
    return rule.pattern.matches(path) || rule.pattern.matches_parent(path);
  });
  return last != rules_.rend() && !last->negated;
}

bool IgnoreRules::may_reinclude_below(std::string_view path) const {
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->negated) {
      if (rule->pattern.may_match_below(path)) return true;
    } else if (rule->pattern.matches(path) || rule->pattern.matches_parent(path)) {
      return false;
    }
  }
  return false;
}

}  // namespace tierbuild::fs
