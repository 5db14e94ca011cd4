// Selectors: which targets a command is about.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "graph/graph.hpp"
#include "project/project.hpp"

namespace tierbuild::project {

/// `name`, `tier:*`, `service:x*`, a group's name, `//path/...` (targets declared in files below it), `+X`
/// (with what X needs), `X+` (with what needs X), `-X` (without; taken off at the end). No selectors: the
/// group `default` if there is one, else all services and the tiers they need. The result is in declaration
/// order, each once. `invalid` with a suggestion for a name that selects nothing.
Result<std::vector<graph::TargetId>> select(const Project& project, const graph::Graph& graph,
                                            const std::vector<std::string>& selectors);

}  // namespace tierbuild::project
