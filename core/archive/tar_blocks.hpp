// Private: a tar stream, cut into blocks where the next version of the same tree will be cut too.
#pragma once

#include <functional>
#include <string_view>

#include "archive/block_pipeline.hpp"

namespace tierbuild::archive {

/// Where blocks end is a function of the tar's bytes alone: when they are full, around the content of large
/// files, and before members that their name chooses once a block holds enough. So a file that grows moves
/// the cuts of its own block and no others. Part of the format, as kBlockSize.
class TarBlocks {
 public:
  TarBlocks(int fd, const LayerOptions& options);

  /// The header of a member: a record of 512 bytes, with the pax header and its padded content before it.
  Status header(std::string_view records);
  /// Content that is at hand.
  Status write(std::string_view bytes);
  /// Content that `read` gives piece by piece; less than `size` if it returns 0. The bytes have no identity.
  Result<uint64_t> write(uint64_t size, const std::function<Result<size_t>(char*, size_t)>& read);
  /// The content of a file, which is read when its block is compressed. `content` is its digest, or empty.
  Status file(const std::string& path, uint64_t size, const Digest& content);
  /// Zeros up to the next multiple of 512.
  Status pad();
  Result<LayerBlob> finish();

 private:
  bool starts_block(std::string_view record);
  void identify();
  Status flush();
  /// Room in the current block, which is never full here.
  size_t room() const { return kBlockSize - block_.bytes.size; }
  char* end() { return block_.bytes.data.get() + block_.bytes.size; }

  BlockPipeline pipeline_;
  TarBlock block_;
  Sha256 skeleton_;           // of the block without its gaps
  std::string gaps_;          // what is in them
  bool known_ = true;         // these two say all
  bool after_large_ = false;  // the member before was large
};

/// The content size that a header record of a tar announces, as far as it can be read: octal or base 256.
uint64_t announced_size(std::string_view record);
inline bool is_pax_header(std::string_view record) {
  return record[156] == 'x';
}

}  // namespace tierbuild::archive
