// Private: compresses one block at a time, each on its own, with the same bytes on every machine.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "archive/layer_writer.hpp"
#include "base/result.hpp"

namespace tierbuild::archive {

/// The tar stream is cut into blocks of at most this many bytes. Part of the format: changing it changes
/// every digest.
inline constexpr size_t kBlockSize = 1 << 20;

/// A buffer that is never filled with zeros.
struct Block {
  std::unique_ptr<char[]> data;
  size_t capacity = 0;
  size_t size = 0;

  static Block of(size_t capacity) { return {std::make_unique_for_overwrite<char[]>(capacity), capacity, 0}; }
  /// An empty block with room for so many bytes; what it held is gone.
  void reserve(size_t bytes) {
    if (capacity < bytes) *this = of(bytes);
    size = 0;
  }
  std::string_view view() const { return {data.get(), size}; }
};

class BlockCodec {
 public:
  virtual ~BlockCodec() = default;
  /// Replaces what `out` holds by `input` as one whole gzip member or zstd frame, with a checksum.
  virtual Status compress(std::string_view input, Block& out) = 0;
  /// The reverse: replaces what `out` holds by the `size` bytes that `input` is the compressed form of, or
  /// fails with `corrupt`.
  virtual Status decompress(std::string_view input, size_t size, Block& out) = 0;

  /// A codec for gzip or zstd; not thread-safe, one for each thread.
  static std::unique_ptr<BlockCodec> make(Compression compression);
};

}  // namespace tierbuild::archive
