// base_duplicate, for what is no Python package: packages of the distribution, and users.
#include "lint/requirements.hpp"
#include "lint/rules.hpp"

namespace tierbuild::lint {
namespace {

// Only tiers of the workspace: what an external image happens to have is no promise of its maker.
void check_package(const Subject& subject, const project::PackageDecl& package, const FactsPtr& facts,
                   Report& report) {
  std::string name = package_name(package.name);
  auto mend = dropped_entry(subject, package.where, package.name);
  for (const project::TargetDecl* tier : subject.below())
    for (const project::PackageDecl& base : tier->system_packages)
      if (package_name(base.name) == name)
        return report.find(
            package.where,
            fmt::format("{} is installed by {} already ({})", name, describe(*tier), base.where.str()),
            "take it out", base.name == package.name ? mend : std::nullopt);
  if (facts && facts->packages.contains(name))
    report.find(package.where, fmt::format("{} is in {} already", name, name_of_base(subject)), "take it out",
                package.name == name ? mend : std::nullopt);
}

}  // namespace

void check_system_duplicates(const Subject& subject, Report& report) {
  const project::TargetDecl& decl = subject.decl();
  if (subject.below().empty()) return;
  FactsPtr facts = decl.system_packages.empty() ? nullptr : subject.base_facts();
  for (const project::PackageDecl& package : decl.system_packages)
    check_package(subject, package, facts, report);
  for (const project::StepPtr& own : decl.user)
    for (const project::TargetDecl* tier : subject.below())
      for (const project::StepPtr& base : tier->user) {
        const auto& name = std::get<project::UserStep>(own->op).name;
        if (std::get<project::UserStep>(base->op).name == name)
          report.find(own->where,
                      fmt::format("the user '{}' is made by {} already ({})", name, describe(*tier),
                                  base->where.str()),
                      "take it out: the image runs as that user");
      }
}

}  // namespace tierbuild::lint
