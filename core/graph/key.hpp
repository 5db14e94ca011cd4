// Keys: the digest of a step and of the content it stands on (never of how that content came to be).
#pragma once

#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "hash/key_hasher.hpp"

namespace tierbuild::graph {

/// A file source as found on disk, or a fetch's content.
struct SourceContent {
  Digest digest;
  std::vector<KeyField> files{};  // path → "mode digest", so that `why` can name the file; of no key a part
  std::vector<KeyField> links{};  // path → target of those that are symlinks; the same
};

/// The content that a node's inputs turned out to have; the vectors run parallel to Graph::stacks_of and
/// Graph::sources_of.
struct NodeInputs {
  std::vector<Digest> stacks;  // chain ids
  std::vector<SourceContent>
      sources;      // empty digest for StackSource and TextSource: the node itself says all
  std::string pin;  // bases: the manifest digest that the lock file or a refresh fixed, or empty
  std::vector<std::string> base_env;  // run: environment of the base image
  int64_t epoch = 0;                  // SOURCE_DATE_EPOCH
};

/// The OCI chain id of these diff ids; the empty digest for none.
Digest chain_id(const std::vector<Digest>& diff_ids);
Digest chain_id(const Digest& below, const Digest& diff_id);

/// The key of a node. Cache mounts enter with target, sharing, uid, gid and mode, not with id or content;
/// secrets with target, env name and version; argv in full. What `asides_of` gives stands behind its fields.
Key key_of(const Graph& graph, NodeId id, const NodeInputs& inputs);

/// The key of a target's image: its layers and their history, its config without stamp values, its
/// compression.
Key image_key(const Graph& graph, TargetId id, const Digest& chain, const std::vector<std::string>& history,
              const Digest& base_config, std::string_view compression);

}  // namespace tierbuild::graph
