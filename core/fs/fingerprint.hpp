// FingerprintCache: stat → content digest, so that an untouched file is never read twice.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include "fs/content_names.hpp"
#include "fs/scan.hpp"
#include "hash/digest.hpp"

namespace tierbuild::fs {

/// A persistent map from (device, inode, size, mtime, ctime, mode) to the SHA-256 of a file's bytes, with
/// git's racy rule: what was read while the file's times were not safely older than the clock is not
/// remembered, since the next edit might leave the same times. With ContentNames it also maps names of
/// content to SHA-256, so that a file with a new stat and a known name is not read either. Thread-safe.
class FingerprintCache {
 public:
  /// Loads the cache file; a missing, foreign or damaged file is an empty cache.
  static std::unique_ptr<FingerprintCache> open(const std::filesystem::path& file,
                                                std::unique_ptr<ContentNames> names = nullptr);
  /// A cache that is never saved.
  static std::unique_ptr<FingerprintCache> memory();
  virtual ~FingerprintCache() = default;

  /// What the stat alone says, or nothing.
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

/// What the cache knows of the entries, in order; nothing if one of them must be read.
std::optional<std::vector<Digest>> known_digests(std::span<const FileEntry> entries,
                                                 const FingerprintCache& cache);

/// What digest() gives for each of the entries, in order; `workers` threads read what the cache does not
/// know.
Result<std::vector<Digest>> digest_all(const std::filesystem::path& root, std::span<const FileEntry> entries,
                                       FingerprintCache& cache, unsigned workers);

enum class Modes : uint8_t { canonical, exact };

/// The mode that enters the identity of a tree: the canonical or exact one, 0120000 for symlinks.
uint32_t tree_mode(const FileEntry& entry, Modes modes = Modes::canonical);

/// The identity of a tree: over the path, mode and content of each entry, in order.
class TreeHasher {
 public:
  explicit TreeHasher(Modes modes = Modes::canonical) : modes_(modes) {}
  void add(std::string_view path, const FileEntry& entry, const Digest& content);
  Digest finish();

 private:
  Modes modes_;
  Sha256 hash_;
  std::string record_ = "tree/1\n";
};

}  // namespace tierbuild::fs
