// Which records of layers may be relied on.
#pragma once

#include "store/store.hpp"
#include "store/unproven.hpp"

namespace tierbuild::build {

/// Whether the layer's blob is here or promised, and not one that is here for another layer.
inline bool is_usable(const store::Store& store, const store::LayerRecord& layer) {
  if (!store::is_unproven(layer)) return store.holds(layer.blob.digest);
  std::optional<store::Promise> promise = store.promised(layer.blob.digest);
  return promise && promise->diff_id == layer.diff_id;
}

}  // namespace tierbuild::build
