// FingerprintCache: stat → content digest, so that an untouched file is never read twice.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include "fs/scan.hpp"
#include "hash/digest.hpp"

namespace tierbuild::fs {

/// A persistent map from (device, inode, size, mtime, ctime, mode) to the SHA-256 of a file's bytes, with
/// git's racy rule: what was read while the file's times were not safely older than the clock is not
/// remembered, since the next edit might leave the same times. Thread-safe.
class FingerprintCache {
 public:
  /// Loads the cache file; a missing, foreign or damaged file is an empty cache.
  static std::unique_ptr<FingerprintCache> open(const std::filesystem::path& file);
  /// A cache that is never saved.
  static std::unique_ptr<FingerprintCache> memory();
  virtual ~FingerprintCache() = default;

  /// What digest() gives without reading the file, or nothing.
  virtual std::optional<Digest> known(const FileEntry& entry) const = 0;
  /// The digest of the file's bytes (of a symlink: of its target text; of a directory: empty), read only if
  /// unknown. Fails with `io` or `not_found`, and with `failed` if the file is not, or does not stay while it
  /// is read, the one that `entry` describes.
  virtual Result<Digest> digest(const std::filesystem::path& root, const FileEntry& entry) = 0;
  /// Writes the cache file atomically if anything is new; entries not used for 30 days are dropped.
  virtual Status save() = 0;
  /// Files whose bytes were read since it was opened.
  virtual uint64_t files_read() const = 0;
};

/// A file of a tree with its identity: what enters a key.
struct FileDigest {
  std::string path;
  uint32_t mode = 0;  // canonical; 0120000 for symlinks
  Digest content;     // of a directory: empty
};

struct TreeDigest {
  Digest digest;  // over path, mode and content of all files in order
  std::vector<FileDigest> files;
};

/// The identity of scanned entries; `workers` threads read what the cache does not know.
Result<TreeDigest> digest_tree(const std::filesystem::path& root, std::span<const FileEntry> entries,
                               FingerprintCache& cache, unsigned workers);

}  // namespace tierbuild::fs
