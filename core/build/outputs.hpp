// Outputs: what each node of a graph turned out to be, and what follows for the stacks made of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "graph/key.hpp"
#include "hash/digest.hpp"
#include "image/config.hpp"

namespace tierbuild::build {

struct Output {
  std::vector<Digest> layers;    // diff ids of the layers it makes, bottom first; none if it changed nothing
  Digest blob;                   // bases: the image config; fetches: the file
  Digest manifest;               // bases that have one
  uint64_t size = 0;             // compressed bytes of the layers
  std::vector<std::string> env;  // bases: the environment of the image
};

/// Filled node by node while a build runs; a node is read only after it was set. Different nodes may be read
/// and set on different threads.
class Outputs {
 public:
  explicit Outputs(const graph::Graph& graph) : graph_(graph), outputs_(graph.nodes().size()) {}

  void set(graph::NodeId node, Output output) { outputs_[node.index()] = std::move(output); }
  bool known(graph::NodeId node) const { return outputs_[node.index()].has_value(); }
  const Output& operator[](graph::NodeId node) const { return *outputs_[node.index()]; }

  /// The diff ids of all layers of a stack, bottom first.
  std::vector<Digest> diff_ids(graph::StackId stack) const;
  Digest chain(graph::StackId stack) const { return graph::chain_id(diff_ids(stack)); }
  /// What the base of a stack is.
  const Output& base(graph::StackId stack) const { return (*this)[graph_.base_of(stack)]; }

 private:
  const graph::Graph& graph_;
  std::vector<std::optional<Output>> outputs_;
};

}  // namespace tierbuild::build
