#include "lint/requirements.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "python/version.hpp"

namespace tierbuild::lint {

namespace {

constexpr int kDeepestExtras = 8;  // extras may ask for extras, also of their own package

const python::InstalledPackage* fulfilling_at(const Subject& subject, const ImageFacts& facts,
                                              const python::Requirement& requirement, int depth) {
  auto found = facts.installed.find(requirement.name);
  if (found == facts.installed.end() || !requirement.url.empty()) return nullptr;
  const python::InstalledPackage& package = found->second;
  if (!python::satisfies(package.version, requirement.specifiers)) return nullptr;
  // METADATA does not say which extras were asked for, but what each of them needs.
  for (const std::string& extra : requirement.extras)
    for (const python::Requirement& need : package.needs)
      if (subject.holds_with_extra(need.marker, extra) && !subject.holds(need.marker) &&
          depth < kDeepestExtras && fulfilling_at(subject, facts, need, depth + 1) == nullptr)
        return nullptr;
  return &package;
}

}  // namespace

const python::InstalledPackage* fulfilling(const Subject& subject, const ImageFacts& facts,
                                           const python::Requirement& requirement) {
  return fulfilling_at(subject, facts, requirement, 0);
}

std::string describe(const python::InstalledPackage& package) {
  return package.spelled + " " + package.version;
}

std::string needed_by(const Subject& subject, const ImageFacts& facts, const std::string& name) {
  for (const auto& [other, package] : facts.installed)
    for (const python::Requirement& need : package.needs)
      if (need.name == name && subject.holds(need.marker)) return " for " + package.spelled;
  return "";
}

std::string name_of_base(const Subject& subject) {
  if (!subject.below().empty()) return describe(*subject.below().front());
  std::string base = subject.external_base();
  return base.empty() ? "its base image" : "the base image " + base;
}

std::set<std::string> users_of(const Subject& subject, const Location& where) {
  std::set<std::string> users;
  for (const project::TargetDecl& target : subject.world().project.targets)
    for (const python::Requirement& requirement : target.requirements)
      if (requirement.where == where) users.insert(target.id());
  return users;
}

std::optional<Written> as_written(const Subject& subject, const python::Requirement& requirement) {
  const std::string* line = subject.world().sources.line(requirement.where);
  auto column = static_cast<size_t>(requirement.where.column);
  if (line == nullptr || column == 0 || column > line->size()) return std::nullopt;
  std::string_view text = std::string_view(*line).substr(column - 1);
  if (text.starts_with('\'') || text.starts_with('"')) {
    text = text.substr(1, text.find(text[0], 1) - 1);
    ++column;
  }
  text = text.substr(0, text.find_first_of(";\\"));
  text = text.substr(0, text.find(" #"));
  text = text.substr(0, text.find(" --"));
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  auto parsed = python::parse_requirement(text, requirement.where);
  bool same = parsed && parsed->name == requirement.name && parsed->specifiers == requirement.specifiers &&
              parsed->extras == requirement.extras && parsed->url == requirement.url;
  if (!same) return std::nullopt;
  return Written{std::string(text), static_cast<int>(column)};
}

}  // namespace tierbuild::lint
