// base_duplicate: requirements that the tiers below have.
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

bool is_lua(const Location& where) {
  return where.file.ends_with(".lua");
}

// The line of a requirements file goes if it holds this entry and nothing else.
std::optional<Mend> dropped(const Subject& subject, const Requirement& requirement) {
  const std::string* line = subject.world().sources.line(requirement.where);
  if (line == nullptr || line->ends_with('\\')) return std::nullopt;
  if (is_lua(requirement.where)) return dropped_entry(subject, requirement.where, requirement.text());
  auto written = as_written(subject, requirement);
  bool starts = written && trim(*line).starts_with(written->text);
  if (!starts || line->find(" --") != std::string::npos) return std::nullopt;
  return Mend{{requirement.where.file, requirement.where.line, 1, *line, "", true},
              users_of(subject, requirement.where)};
}

bool installed_by_from(const Subject& subject, const Requirement& requirement) {
  for (const project::Image* at = subject.decl().from.get(); at != nullptr;) {
    for (const auto& op : at->ops)
      if (const auto* step = std::get_if<project::StepPtr>(&op))
        for (const Requirement& installed : (*step)->installs)
          if (installed.where == requirement.where) return true;
    const auto* below = std::get_if<project::ImagePtr>(&at->base);
    at = below == nullptr ? nullptr : below->get();
  }
  return false;
}

std::string help_for(const Subject& subject, const Requirement& requirement) {
  if (!is_lua(requirement.where) && requirement.via.empty()) return "take the line out";
  std::string tier = subject.below().empty() ? "base" : subject.below().front()->name;
  return fmt::format(
      "take it out, or subtract what the tier has: python.requirements(…, {{ subtract = '{}' }})", tier);
}

// Lines that do nothing for anybody, as `subtract` takes them away everywhere. What a file includes is not
// its author's to change, and the dependencies of a project are complete without a tier.
void check_covered(const Subject& subject, Report& report) {
  for (const Requirement& requirement : subject.decl().covered) {
    const Location& where = requirement.where;
    bool own = requirement.via.empty() && !is_lua(where) && !where.file.ends_with(".toml");
    if (!own || !subject.applies(requirement) || !users_of(subject, where).empty()) continue;
    Asked asked = asked_below(subject, requirement);
    std::string whose = asked.requirement == nullptr
                            ? name_of_base(subject)
                            : fmt::format("{} already ({} at {})", describe(*asked.tier),
                                          asked.requirement->text(), asked.requirement->where.str());
    report.find(where, fmt::format("{} is installed by {}", requirement.spelled, whose), "take the line out",
                dropped(subject, requirement));
  }
}

}  // namespace

void check_base_duplicate(const Subject& subject, const std::string&, Report& report) {
  check_system_duplicates(subject, report);
  check_covered(subject, report);
  const std::vector<Requirement>& all = subject.decl().requirements;
  if (all.empty()) return;
  FactsPtr facts = subject.base_facts();
  if (!facts)
    note_unbuilt(subject, report, "only declared packages were compared, not what those bring along");
  for (const Requirement& requirement : all) {
    if (!subject.applies(requirement) || !requirement.url.empty()) continue;
    // What the image of `from` installs itself, it has of course.
    bool looked = facts && !installed_by_from(subject, requirement);
    const python::InstalledPackage* installed = looked ? fulfilling(subject, *facts, requirement) : nullptr;
    Asked asked = asked_below(subject, requirement);
    bool declared = asked.requirement != nullptr && has_extras_of(*asked.requirement, requirement) &&
                    python::compatible(asked.requirement->specifiers, requirement.specifiers);
    if (installed == nullptr && (looked || !declared)) continue;
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

}  // namespace tierbuild::lint
