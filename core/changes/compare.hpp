// Which targets differ between two graphs: the one of a commit and the one of the work tree.
#pragma once

#include <string>
#include <vector>

#include "changes/contents.hpp"
#include "graph/graph.hpp"

namespace tierbuild::changes {

enum class Kind : uint8_t { added, deleted, changed, config };
/// `new`, `deleted`, `changed`, `config`.
std::string_view name_of(Kind kind);

struct TargetChange {
  std::string target;  // "service:api"
  Kind kind = Kind::changed;
  std::string reason;  // the first file or field that differs, with the step that it is an input of
};

/// A graph with what else enters the keys of its images.
struct GraphSide {
  const graph::Graph& graph;
  std::string root;  // of the workspace, absolute
  std::string compression;
};

/// The targets whose keys are made from different things, in declaration order, then those that are gone. A
/// target that stands on a changed one has changed. `config`: its layers are the same, its image is not.
/// Files are compared by their ids in git: nothing is read that git holds for unchanged.
Result<std::vector<TargetChange>> compare(const git::Repository& repository, const git::ObjectId& tree,
                                          const GraphSide& before, const GraphSide& now);

}  // namespace tierbuild::changes
