// Targets as stages of one Dockerfile.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "export/export.hpp"

namespace tierbuild::exports {

struct DockerStages {
  std::string text;                // the stages, each behind those it needs
  std::vector<std::string> notes;  // what a Dockerfile cannot say
};

/// The stages that the targets need; that of a target has its whole config. Fails with `invalid`, at the
/// step, for what has no equal: a base that is bootstrapped or lies in a layout, the difference of two
/// images.
Result<DockerStages> docker_stages(const Request& request, const std::vector<graph::TargetId>& targets);

/// The name of a target's stage.
std::string stage_name(const graph::Graph& graph, graph::TargetId target);

/// The instructions that turn the config of the image below into a target's: one a line. `notes` gets what
/// cannot be said.
std::string config_instructions(const graph::Target& target, std::vector<std::string>& notes);

/// `git.short` → `STAMP_GIT_SHORT`: the build argument that brings a stamp.
std::string stamp_variable(std::string_view stamp);
/// The stamps in the labels of a target.
std::set<std::string> label_stamps(const graph::Target& target);

/// The file of `export.dockerfile` as the context has it, if the project declares one that has the target;
/// empty: there is none.
std::string declared_dockerfile(const Request& request, graph::TargetId target);

}  // namespace tierbuild::exports
