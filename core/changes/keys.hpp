// Keys: what each node of a graph is made from, without anything being built.
#pragma once

#include <map>
#include <vector>

#include "changes/contents.hpp"
#include "graph/key.hpp"

namespace tierbuild::changes {

/// The keys of a build have the content of the layers below in them; these have the keys of those layers,
/// which say what will be in them.
class Keys {
 public:
  Keys(const graph::Graph& graph, Side side, Contents& contents)
      : graph_(graph), side_(side), contents_(contents) {}

  Result<const Key*> of(graph::NodeId node);
  Result<Digest> of(graph::StackId stack);

 private:
  Result<Key> make(graph::NodeId node);

  const graph::Graph& graph_;
  Side side_;
  Contents& contents_;
  std::map<graph::NodeId, Key> nodes_;
  std::map<graph::StackId, Digest> stacks_;
};

/// All file sources that a target needs; an image that lies in the workspace is one.
std::vector<graph::FileSource> sources_of(const graph::Graph& graph, const graph::Target& target,
                                          const std::string& root);
/// The files of a base that is an image of the workspace.
graph::FileSource source_of(const graph::Base& base, const std::string& root);

}  // namespace tierbuild::changes
