// BlockMap: which compressed blocks a layer consists of, so that the next layer can take over those that are
// the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/unique_fd.hpp"
#include "hash/digest.hpp"

namespace tierbuild::archive {

/// One block of a blob. `identity` is a digest of the headers in it and of the digests of the files between
/// them: known before a file is opened. It is empty if the digest of a file was not known.
struct BlockPart {
  Digest identity;
  uint32_t size = 0;      // compressed
  uint32_t tar_size = 0;  // uncompressed
};

/// The blocks of a blob, in order, without gaps.
using BlockMap = std::vector<BlockPart>;

/// A block map as bytes, with the blob that it describes; parsing gives nothing for what is not one.
std::string to_bytes(const Digest& blob, const BlockMap& map);
struct DescribedBlob {
  Digest blob;
  BlockMap blocks;
};
std::optional<DescribedBlob> block_map_from(std::string_view bytes);

/// A layer that is in the store: its blocks by identity.
class EarlierLayer {
 public:
  struct Place {
    uint64_t offset = 0;
    uint32_t size = 0;
    uint32_t tar_size = 0;
  };

  EarlierLayer(UniqueFd blob, const BlockMap& map);
  int fd() const { return blob_.get(); }
  /// Null if no block has this identity.
  const Place* find(const Digest& identity) const;

 private:
  UniqueFd blob_;
  std::unordered_map<Digest, Place> places_;
};

}  // namespace tierbuild::archive
