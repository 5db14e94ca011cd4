// Which blob holds which layer, where only the config of an image says so.
#pragma once

#include "store/store.hpp"

namespace tierbuild::store {

/// What a blob is once it is unpacked.
struct Plain {
  Digest digest;
  uint64_t size = 0;
};
/// Reads a layer from the beginning of the file, whatever its compression.
Result<Plain> plain_of(int fd);

/// Records that a blob which is here holds a layer. A record without `tar_size` only repeats what an image
/// says: it is believed as long as no other blob is said to hold the layer. Then all such are looked into,
/// and what is wrong is forgotten; fails with `corrupt` if the new one is.
Status record_layer(Store& store, LayerRecord record);

}  // namespace tierbuild::store
