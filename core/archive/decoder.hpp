// Private: the bytes of a blob or an archive, decompressed. Gzip members and zstd frames may follow one
// another.
#pragma once

#include <memory>
#include <stop_token>

#include "base/result.hpp"

namespace tierbuild::archive {

class Decoder {
 public:
  virtual ~Decoder() = default;
  /// Fills `out` with up to `size` bytes; 0 at the end. Fails with `corrupt` for damaged, truncated or
  /// trailing bytes.
  virtual Result<size_t> read(char* out, size_t size) = 0;

  /// Looks at the first bytes of `fd` (not owned) to find the compression.
  static Result<std::unique_ptr<Decoder>> open(int fd, std::stop_token stop);
};

}  // namespace tierbuild::archive
