// The targets and what they stand on, in the formats of `tierbuild graph`.
#pragma once

#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "graph/graph.hpp"

namespace tierbuild::cli {

/// The targets and all they need, in declaration order.
std::vector<graph::TargetId> with_needs(const graph::Graph& graph,
                                        const std::vector<graph::TargetId>& targets);
/// The base of a target's image: `python:3.12`, `scratch`.
std::string base_name(const graph::Graph& graph, graph::TargetId target);

std::string graph_tree(const graph::Graph& graph, const std::vector<graph::TargetId>& targets,
                       const Terminal& terminal);
std::string graph_dot(const graph::Graph& graph, const std::vector<graph::TargetId>& targets);
std::string graph_mermaid(const graph::Graph& graph, const std::vector<graph::TargetId>& targets);
std::string graph_json(const graph::Graph& graph, const std::vector<graph::TargetId>& targets);

}  // namespace tierbuild::cli
