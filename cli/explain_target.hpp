// What a target's image gets from the tiers and images below, laid under what its own tables say.
#pragma once

#include <vector>

#include "bindings/explain.hpp"
#include "project/project.hpp"

namespace tierbuild::cli {

/// The settings of a target with all that it inherits: config goes from tier to tier as images inherit it,
/// tags come from registries. `all` holds the explanations of the project's targets.
std::vector<bindings::Setting> explain_target(const project::Project& project,
                                              const std::vector<bindings::Explanation>& all,
                                              const project::TargetDecl& target);

}  // namespace tierbuild::cli
