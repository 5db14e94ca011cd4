#include <algorithm>

#include "base/strings.hpp"
#include "fs/glob.hpp"

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

/// The same pattern in the terms of Glob.
std::string to_glob(std::string_view pattern) {
  std::string out;
  if (pattern.starts_with("**") && pattern.size() > 2 && pattern[2] != '/') out = "**/";
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '{') out += '\\';
    if (pattern[i] == '\\' && i + 1 < pattern.size()) out += pattern[i++];
    out += pattern[i];
  }
  // "dir/**" is what dir holds, not dir itself.
  if (out == "**" || out.ends_with("/**")) out += "/*";
  return out;
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
    bool directories_only = pattern.ends_with('/');
    std::string cleaned = clean(pattern);
    bool names_nothing = cleaned.empty() || cleaned == ".." || cleaned.starts_with("../");
    if (names_nothing) continue;
    TB_LET(Glob glob, Glob::compile(to_glob(cleaned)), "in line {}", line);
    rules.rules_.push_back({std::move(glob), negated, directories_only});
  }
  return rules;
}

bool IgnoreRules::ignores(std::string_view path, bool is_directory) const {
  auto last = std::find_if(rules_.rbegin(), rules_.rend(), [&](const Rule& rule) {
    return ((is_directory || !rule.directories_only) && rule.glob.matches(path)) ||
           rule.glob.matches_parent(path);
  });
  return last != rules_.rend() && !last->negated;
}

bool IgnoreRules::may_reinclude_below(std::string_view path) const {
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->negated) {
      if (rule->glob.may_match_below(path)) return true;
    } else if (rule->glob.matches(path) || rule->glob.matches_parent(path)) {
      return false;
    }
  }
  return false;
}

}  // namespace tierbuild::fs
