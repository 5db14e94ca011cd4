#include "fs/choice.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace tierbuild::fs {

Result<Choice> Choice::make(const Selection& selection, std::string_view ignore_text) {
  Choice choice;
  for (const std::string& text : selection.include) {
    if (selection.kind == Selection::Kind::context) {
      TB_LET(ContextPattern pattern, ContextPattern::compile(text, ContextPattern::Deep::yes));
      choice.includes_.push_back(Include::context(std::move(pattern)));
    } else {
      TB_LET(Glob glob, Glob::compile(text));
      choice.includes_.push_back(Include::glob(std::move(glob)));
    }
  }
  TB_LET(IgnoreRules exclude, IgnoreRules::parse(join(selection.exclude, "\n")), "in the excluded patterns");
  if (!exclude.empty()) choice.ignores_.push_back(std::move(exclude));
  TB_LET(IgnoreRules given, IgnoreRules::parse(join(selection.ignore, "\n")), "in the ignore file");
  if (!given.empty()) choice.ignores_.push_back(std::move(given));
  TB_LET(IgnoreRules ignores, IgnoreRules::parse(ignore_text), "in {}", selection.ignore_file);
  if (!ignores.empty()) choice.ignores_.push_back(std::move(ignores));
  return choice;
}

bool Choice::takes(std::string_view path) const {
  return std::any_of(includes_.begin(), includes_.end(),
                     [&](const Include& include) { return include.takes(path); });
}

bool Choice::passes(std::string_view directory) const {
  return std::all_of(ignores_.begin(), ignores_.end(), [&](const IgnoreRules& rules) {
    return !rules.ignores(directory) || rules.may_reinclude_below(directory);
  });
}

bool Choice::holders_pass(std::string_view path) const {
  if (ignores_.empty()) return true;
  for (size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1))
    if (!passes(path.substr(0, slash))) return false;
  return true;
}

bool Choice::selects(std::string_view path) const {
  bool included = takes(path) || std::any_of(includes_.begin(), includes_.end(),
                                             [&](const Include& include) { return include.matches(path); });
  return included && holders_pass(path) &&
         std::none_of(ignores_.begin(), ignores_.end(),
                      [&](const IgnoreRules& rules) { return rules.ignores(path); });
}

bool Choice::enters(std::string_view directory) const {
  if (directory.empty()) return true;
  bool leads = takes(directory) ||
               std::any_of(includes_.begin(), includes_.end(),
                           [&](const Include& include) { return include.may_match_below(directory); });
  return leads && holders_pass(directory) && passes(directory);
}

std::vector<std::string> Choice::roots() const {
  std::vector<std::string> all;
  for (const Include& include : includes_) all.push_back(include.literal_prefix());
  return all;
}

}  // namespace tierbuild::fs
