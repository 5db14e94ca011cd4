// Alignment: which step of a target is which step of its last build, whatever was put before it or renamed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "hash/digest.hpp"

namespace tierbuild::graph {

/// A step as it is remembered with a target.
struct MadeOf {
  std::string label;  // "tier:base/run-2"
  Digest key;
  Digest shape;                                                    // of its own fields
  enum class Part : uint8_t { layer, beside } part = Part::layer;  // beside: another image that it reads
  bool operator==(const MadeOf&) const = default;
};

/// The nodes that a target is made of, its checks included, in an order that inserting one does not change.
std::vector<NodeId> nodes_of(const Graph& graph, TargetId target);

/// For each node the step of `before` that it was. Steps with equal own fields are the same, in order; what
/// is left between two of them is matched by label, then by label without its number, then without its
/// target; bases with bases. Last, a step that stands elsewhere now is found by its own fields. A step of a
/// target that the graph still has is no step of another one. Labels are those by which `target` knows its
/// steps.
std::vector<std::optional<size_t>> align_steps(const std::vector<MadeOf>& before, const Graph& graph,
                                               TargetId target, const std::vector<NodeId>& now);

}  // namespace tierbuild::graph
