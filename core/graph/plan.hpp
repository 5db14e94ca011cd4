// Plan: which nodes some targets need, in which order they should start.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "graph/graph.hpp"

namespace tierbuild::graph {

struct Plan {
  std::vector<NodeId> order;                    // every needed node after its inputs
  std::vector<std::vector<NodeId>> dependents;  // by node index; needed nodes only
  std::vector<int64_t> priority;  // by node index: the longest path from its start to the end, in ms
  std::vector<bool> needed;       // by node index
};

/// The nodes that `targets` reach; nodes of stages that no target uses are left out. `duration` predicts a
/// node's time in milliseconds (from history; a guess if there is none).
Plan make_plan(const Graph& graph, const std::vector<TargetId>& targets,
               const std::function<int64_t(NodeId)>& duration);

/// The nodes of the longest path through the plan, first to last.
std::vector<NodeId> critical_path(const Graph& graph, const Plan& plan);

}  // namespace tierbuild::graph
