// Lowering: a project becomes a graph for one platform; names are linked here.
#pragma once

#include "base/result.hpp"
#include "graph/graph.hpp"
#include "project/outside.hpp"
#include "project/project.hpp"

namespace tierbuild::project {

struct Lowered {
  graph::Graph graph;
  std::vector<Error> errors;    // empty, or the graph is not to be used
  std::vector<Error> warnings;  // what the checks of Dockerfiles found, each with the rule as its number
  LockUses uses;                // bases named by a tag, and fetches without a SHA-256 of their own
};

/// Links every `from`, orders the layers of each target and merges config from tier to tier. A base named by
/// a tag gets the digest that the project's lock has for it. Errors, all at once: a tier that does not exist
/// (with a suggestion), a cycle between targets (with its path), a source file that does not exist, a bad
/// reference, a user name that cannot be resolved, a Dockerfile that is wrong, and what `outside` says.
Lowered lower(const Project& project, const image::Platform& platform, Outside& outside);
/// The same for a project whose Dockerfiles, if it has any, stand on nothing from elsewhere.
Lowered lower(const Project& project, const image::Platform& platform);
/// Adds the same workspace as it is for another platform to what was lowered.
void lower_more(const Project& project, const image::Platform& platform, Outside& outside, Lowered& lowered);

}  // namespace tierbuild::project
