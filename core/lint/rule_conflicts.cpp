// pin_conflict: requirements against each other, the constraints and what the tiers below have.
#include "lint/requirements.hpp"
#include "lint/rules.hpp"
#include "python/version.hpp"

namespace tierbuild::lint {

void check_pin_conflict(const Subject& subject, const std::string&, Report& report) {
  const std::vector<python::Requirement>& all = subject.decl().requirements;
  if (all.empty()) return;
  FactsPtr facts = subject.base_facts();
  if (!facts)
    note_unbuilt(subject, report, "only declared versions were compared, not those that are installed");
  for (size_t i = 0; i < all.size(); ++i) {
    const python::Requirement& requirement = all[i];
    if (!subject.applies(requirement)) continue;
    auto conflict = [&](const python::Requirement& other, const std::string& whose) {
      if (python::compatible(requirement.specifiers, other.specifiers)) return false;
      report.find(requirement.where,
                  fmt::format("{} cannot hold together with {}{}", requirement.text(), other.text(), whose),
                  "agree on one version");
      return true;
    };
    bool found = false;
    for (size_t j = 0; j < i && !found; ++j)
      if (all[j].name == requirement.name && subject.applies(all[j]))
        found = conflict(all[j], fmt::format(" ({})", all[j].where.str()));
    for (const python::Requirement& bound : subject.decl().constraints)
      if (!found && bound.name == requirement.name && subject.applies(bound))
        found = conflict(bound, fmt::format(" of the constraints ({})", bound.where.str()));
    if (Asked asked = asked_below(subject, requirement); !found && asked.requirement != nullptr)
      found = conflict(*asked.requirement,
                       fmt::format(" of {} ({})", describe(*asked.tier), asked.requirement->where.str()));
    if (found || !facts) continue;
    auto installed = facts->installed.find(requirement.name);
    if (installed != facts->installed.end() && requirement.url.empty() &&
        !python::satisfies(installed->second.version, requirement.specifiers)) {
      report.find(requirement.where,
                  fmt::format("{} replaces {} of {}", requirement.text(), describe(installed->second),
                              name_of_base(subject)),
                  "agree with the base on one version");
      continue;
    }
    for (const auto& [name, package] : facts->installed)
      for (const python::Requirement& need : package.needs)
        if (need.name == requirement.name && subject.holds(need.marker) && !found)
          found =
              conflict(need, fmt::format(", which {} of {} needs", describe(package), name_of_base(subject)));
  }
}

}  // namespace tierbuild::lint
