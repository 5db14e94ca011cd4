// Recipes: what steps and images are to be made from, all the way down. A recipe is known before anything
// runs, which a key is not, as that holds what the steps below turned out to make. So it finds what was made
// from equal sources in one go. It proves nothing: whether a record applies is told by its key alone.
#pragma once

#include <vector>

#include "build/keying.hpp"
#include "graph/plan.hpp"

namespace tierbuild::build {

class Recipes {
 public:
  /// Looks at all sources of the plan, and asks registries for bases that were never seen.
  static Result<Recipes> make(const WorkContext& context, const Keying& keying, const graph::Plan& plan,
                              std::stop_token stop);

  const Digest& of(graph::NodeId node) const { return nodes_[node.index()]; }
  Digest of(const graph::Graph& graph, graph::TargetId target) const;
  Digest of(const graph::Graph& graph, const std::vector<graph::TargetId>& targets) const;

 private:
  Digest stack(const graph::Graph& graph, graph::StackId stack) const;

  std::vector<Digest> nodes_;  // by index; empty for nodes that the plan leaves out
};

/// What the images of these targets are to be: recipe and config. Equal ones are equal images, but for their
/// stamps.
Result<std::vector<Digest>> content_keys(const BuildContext& world, const BuildOptions& options,
                                         unsigned jobs, const graph::Graph& graph,
                                         const std::vector<graph::TargetId>& targets, std::stop_token stop);

}  // namespace tierbuild::build
