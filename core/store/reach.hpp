// What a manifest or an index leads to.
#pragma once

#include <vector>

#include "store/blob_store.hpp"

namespace tierbuild::store {

struct Reach {
  std::vector<Digest> blobs;  // the document itself, configs, layers, manifests of an index; may have doubles
  std::vector<Digest> diff_ids;  // of the configs
  std::vector<Digest> missing;   // of `blobs`: those that are not there
};

/// Follows a manifest or an index. What is missing is listed and not followed; a damaged document, or one
/// that is neither, leads nowhere but to itself.
Reach reach_of(const BlobStore& blobs, const Digest& root);

}  // namespace tierbuild::store
