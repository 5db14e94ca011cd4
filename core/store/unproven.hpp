// What a cache says of the content of a blob that nobody has opened yet.
#pragma once

#include "store/records.hpp"

namespace tierbuild::store {

/// An annotation of layer records: that this blob holds this layer is only said by a cache. It goes when the
/// blob was brought and looked at. If the blob is here and came in another way, then with a record of its
/// own.
inline constexpr const char* kUnproven = "dev.tierbuild.unproven";

inline bool is_unproven(const LayerRecord& record) {
  return record.blob.annotations.contains(kUnproven);
}

}  // namespace tierbuild::store
