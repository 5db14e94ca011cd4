// BlobStore: immutable bytes by digest.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "hash/digest.hpp"

namespace tierbuild::store {

class Lease;

/// A blob on its way in. Bytes go to a file that has no name in the store until `commit`; dropped without it,
/// they are gone.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;
  /// The descriptor to write to, for those who produce the bytes themselves.
  virtual int fd() = 0;
  /// Makes the written bytes the blob `digest` (flushed, then renamed). With Verify::yes they are hashed
  /// first, and `corrupt` is the answer if they are not what they claim to be; a wrong `size` always is.
  /// Idempotent: an existing blob stays. Called once.
  enum class Verify { no, yes };
  virtual Status commit(const Digest& digest, uint64_t size, Verify verify) = 0;
};

/// Thread-safe. The conformance suite in tests/contract fixes what every implementation does.
class BlobStore {
 public:
  virtual ~BlobStore() = default;
  virtual bool has(const Digest& digest) const = 0;
  /// Size in bytes, or `not_found`.
  virtual Result<uint64_t> size(const Digest& digest) const = 0;
  /// A descriptor at the blob's first byte; `not_found`. The reader verifies what it depends on.
  virtual Result<UniqueFd> open(const Digest& digest) const = 0;
  /// The whole blob, verified; `corrupt` if its bytes are wrong, `invalid` above `limit`.
  virtual Result<std::string> read(const Digest& digest, uint64_t limit = 16 << 20) const = 0;
  virtual Result<std::unique_ptr<BlobWriter>> begin() = 0;
  /// Stores these bytes and returns their digest; idempotent.
  virtual Result<Digest> put(std::string_view bytes) = 0;
  /// Removes the blob; a missing one is success.
  virtual Status remove(const Digest& digest) = 0;
  virtual Status each(const std::function<Status(const Digest&, uint64_t size)>& visit) const = 0;
};

/// Blobs as files `blobs/sha256/<hex>` of the OCI layout at `root`, which must exist. With a lease, every
/// digest that is asked for or written is announced, and unfinished blobs lie in the lease's directory;
/// without one in `blobs`.
std::unique_ptr<BlobStore> dir_blob_store(std::filesystem::path root, Lease* lease = nullptr);
/// Blobs in memory, for tests.
std::unique_ptr<BlobStore> memory_blob_store();

/// The digest of what a descriptor holds, from byte 0 to the end; its position stays.
Result<Digest> digest_of_fd(int fd);
/// Copies all bytes from the positions that the descriptors have.
Status copy_fd(int from, int to);

}  // namespace tierbuild::store
