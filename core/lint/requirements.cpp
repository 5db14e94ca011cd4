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

std::string package_name(std::string_view word) {
  return std::string(word.substr(0, word.find_first_of("=:~<>@")));
}

Asked asked_below(const Subject& subject, const python::Requirement& requirement) {
  for (const project::TargetDecl* tier : subject.below())
    for (const python::Requirement& base : tier->requirements)
      if (base.name == requirement.name && subject.applies(base)) return {tier, &base};
  return {};
}

void note_unbuilt(const Subject& subject, Report& report, std::string_view what) {
  report.note(fmt::format("{} is not in the store as declared, so {}", name_of_base(subject), what));
}

std::optional<Mend> dropped_entry(const Subject& subject, const Location& where, std::string_view text) {
  const std::string* line = subject.world().sources.line(where);
  if (line == nullptr || where.column < 1) return std::nullopt;
  auto start = static_cast<size_t>(where.column) - 1, end = start + text.size() + 2;
  if (end > line->size() || line->substr(start + 1, text.size()) != text) return std::nullopt;
  char quote = (*line)[start];
  if ((quote != '\'' && quote != '"') || (*line)[end - 1] != quote) return std::nullopt;
  // With the comma behind it and the blanks up to the next entry, else with the comma before it.
  size_t next = line->find_first_not_of(' ', end);
  if (next == std::string::npos) return std::nullopt;
  if ((*line)[next] == ',') {
    end = line->find_first_not_of(' ', next + 1);
    if (end == std::string::npos) return std::nullopt;
  } else {
    size_t before = start == 0 ? std::string::npos : line->find_last_not_of(' ', start - 1);
    if ((*line)[next] != '}' || before == std::string::npos || (*line)[before] != ',') return std::nullopt;
    start = before;
  }
  return Mend{
      {where.file, where.line, static_cast<int>(start) + 1, line->substr(start, end - start), "", false},
      users_of(subject, where)};
}

std::set<std::string> users_of(const Subject& subject, const Location& where) {
  std::set<std::string> users;
  for (const project::TargetDecl& target : subject.world().project.targets)
    for (const python::Requirement& requirement : target.requirements)
      if (requirement.where == where) users.insert(target.id());
  for (const project::TargetDecl& target : subject.world().project.targets)
    for (const project::PackageDecl& package : target.system_packages)
      if (package.where == where) users.insert(target.id());
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
