// LayerWriter: entries in, a compressed layer blob out, with the same bytes on every machine.
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string_view>

#include "archive/block_map.hpp"
#include "archive/entry.hpp"
#include "base/result.hpp"
#include "hash/digest.hpp"

namespace tierbuild::archive {

enum class Compression : uint8_t { none, gzip, zstd };
std::string_view name_of(Compression compression);

struct LayerOptions {
  Compression compression = Compression::gzip;
  int64_t clamp_mtime = 315532800;  // SOURCE_DATE_EPOCH; later times become this one (default 1980-01-01)
  unsigned workers = 1;             // threads that compress; the bytes do not depend on it
  std::stop_token stop = {};        // ends the work with `cancelled`, also within a large file
  const EarlierLayer* earlier = nullptr;  // whose blocks may be taken over; the bytes do not depend on it
};

/// What a finished layer is. `diff_id` names the tar, `digest` the compressed blob.
struct LayerBlob {
  Digest diff_id;
  Digest digest;
  uint64_t size = 0;      // of the compressed blob
  uint64_t tar_size = 0;  // of the tar
  uint64_t entries = 0;
  Compression compression = Compression::gzip;
  BlockMap blocks;
};

/// Writes tar (pax where ustar does not suffice) → SHA-256 → gzip (ISA-L level 1, never 3) or zstd (level 3),
/// in blocks of up to 1 MiB that are read and compressed independently on `workers` threads and joined as
/// gzip members or zstd frames → SHA-256. Members must come in sorted order (each directory before its
/// content); a path given twice or out of order is a bug. Memory stays bounded by a few blocks per worker.
class LayerWriter {
 public:
  /// Writes the blob to `fd` (not owned, from its current position).
  static Result<LayerWriter> create(int fd, const LayerOptions& options);
  LayerWriter(LayerWriter&&) noexcept;
  LayerWriter& operator=(LayerWriter&&) noexcept;
  ~LayerWriter();

  /// Adds a member without content (everything but a file), or an empty file.
  Status add(const Entry& entry);
  /// Adds a file with these bytes; `entry.size` is taken from them.
  Status add(const Entry& entry, std::string_view content);
  /// Adds a file with the bytes of the file at `source` (not followed if it is a symlink), which are read at
  /// any time until `finish` returns; `content` is their digest, if it is known. If they are not exactly
  /// `entry.size` bytes, this or a later call fails: `failed`, "changed while it was read".
  Status add_file(const Entry& entry, const std::filesystem::path& source, const Digest& content = {});

  /// Ends the archive and waits for all of it.
  Result<LayerBlob> finish();

 private:
  struct State;
  explicit LayerWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tierbuild::archive
