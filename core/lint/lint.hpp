// Lint: all rules on all chosen targets.
#pragma once

#include "lint/finding.hpp"
#include "lint/image_facts.hpp"
#include "lint/sources.hpp"
#include "project/project.hpp"

namespace tierbuild::lint {

struct Input {
  const project::Project& project;
  const graph::Graph& graph;
  std::vector<graph::TargetId> targets;
  Images& images;
  ReadText read;
  std::vector<Finding> custom = {};  // of the workspace's own rules
};

/// The level of a rule in this workspace.
Level level_in(const project::Project& project, std::string_view rule);

/// Checks every target with every rule that is not off, and applies allow-comments.
Outcome check(const Input& input);

}  // namespace tierbuild::lint
