// base_duplicate and pin_conflict: requirements against what the tiers below have.
#include "base/strings.hpp"
#include "lint/requirements.hpp"
#include "lint/rules.hpp"
#include "python/version.hpp"

namespace tierbuild::lint {
namespace {

using python::Requirement;

bool has_extras_of(const Requirement& base, const Requirement& requirement) {
  return std::includes(base.extras.begin(), base.extras.end(), requirement.extras.begin(),
                       requirement.extras.end());
}

struct Asked {
  const project::TargetDecl* tier = nullptr;
  const Requirement* requirement = nullptr;
};

// A requirement of a tier below that asks for the same package.
Asked asked_below(const Subject& subject, const Requirement& requirement) {
  for (const project::TargetDecl* tier : subject.below())
    for (const Requirement& base : tier->requirements)
      if (base.name == requirement.name && subject.applies(base)) return {tier, &base};
  return {};
}

bool is_lua(const Location& where) {
  return where.file.ends_with(".lua");
}

// The line of a requirements file goes if it holds this entry and nothing else.
std::optional<Mend> dropped(const Subject& subject, const Requirement& requirement) {
  const std::string* line = subject.world().sources.line(requirement.where);
  if (line == nullptr || is_lua(requirement.where) || line->ends_with('\\')) return std::nullopt;
  auto written = as_written(subject, requirement);
  bool starts = written && trim(*line).starts_with(written->text);
  if (!starts || line->find(" --") != std::string::npos) return std::nullopt;
  return Mend{{requirement.where.file, requirement.where.line, 1, *line, "", true},
              users_of(subject, requirement.where)};
}

void note_unbuilt(const Subject& subject, Report& report, std::string_view what) {
  report.note(fmt::format("{} is not in the store as declared, so {}", name_of_base(subject), what));
}

std::string help_for(const Subject& subject, const Requirement& requirement) {
  if (!is_lua(requirement.where) && requirement.via.empty()) return "take the line out";
  std::string tier = subject.below().empty() ? "base" : subject.below().front()->name;
  return fmt::format(
      "take it out, or subtract what the tier has: python.requirements(…, {{ subtract = '{}' }})", tier);
}

}  // namespace

void check_base_duplicate(const Subject& subject, const std::string&, Report& report) {
  const std::vector<Requirement>& all = subject.decl().requirements;
  if (all.empty()) return;
  FactsPtr facts = subject.base_facts();
  if (!facts)
    note_unbuilt(subject, report, "only declared packages were compared, not what those bring along");
  for (const Requirement& requirement : all) {
    if (!subject.applies(requirement) || !requirement.url.empty()) continue;
    const python::InstalledPackage* installed = facts ? fulfilling(subject, *facts, requirement) : nullptr;
    Asked asked = asked_below(subject, requirement);
    bool declared = asked.requirement != nullptr && has_extras_of(*asked.requirement, requirement) &&
                    python::compatible(asked.requirement->specifiers, requirement.specifiers);
    if (installed == nullptr && (facts || !declared)) continue;
    bool certain = installed != nullptr || asked.requirement->specifiers == requirement.specifiers;
    std::string message;
    if (declared)
      message = fmt::format("{} is installed by {} already ({} at {})", requirement.spelled,
                            describe(*asked.tier), asked.requirement->text(), asked.requirement->where.str());
    else
      message = fmt::format("{} is in {} already: {} is installed there{}", requirement.spelled,
                            name_of_base(subject), describe(*installed),
                            needed_by(subject, *facts, requirement.name));
    report.find(requirement.where, std::move(message), help_for(subject, requirement),
                certain ? dropped(subject, requirement) : std::nullopt);
  }
}

void check_pin_conflict(const Subject& subject, const std::string&, Report& report) {
  const std::vector<Requirement>& all = subject.decl().requirements;
  if (all.empty()) return;
  FactsPtr facts = subject.base_facts();
  if (!facts)
    note_unbuilt(subject, report, "only declared versions were compared, not those that are installed");
  for (size_t i = 0; i < all.size(); ++i) {
    const Requirement& requirement = all[i];
    if (!subject.applies(requirement)) continue;
    auto conflict = [&](const Requirement& other, const std::string& whose) {
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
      for (const Requirement& need : package.needs)
        if (need.name == requirement.name && subject.holds(need.marker) && !found)
          found =
              conflict(need, fmt::format(", which {} of {} needs", describe(package), name_of_base(subject)));
  }
}

}  // namespace tierbuild::lint
