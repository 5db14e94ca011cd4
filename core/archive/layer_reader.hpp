// Hostile tars in: streams a layer, or unpacks it below one directory and nowhere else.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>

#include "archive/entry.hpp"
#include "archive/layer_writer.hpp"
#include "base/result.hpp"

namespace tierbuild::archive {

/// Caps that stop decompression bombs; exceeding one is `corrupt` with the cap's name.
struct UnpackLimits {
  uint64_t bytes = 64ull << 30;
  uint64_t entries = 5'000'000;
  unsigned depth = 256;         // path components
  uint64_t metadata = 1 << 20;  // pax header and xattr bytes of one entry
};

class MergedView;

/// How whiteouts land: as overlayfs keeps them (0/0 character devices and opaque xattrs), so that each layer
/// is a directory of its own; or carried out at once on a flat tree.
enum class Whiteouts : uint8_t { overlay, apply };

struct UnpackOptions {
  UnpackLimits limits = {};
  Whiteouts whiteouts = Whiteouts::overlay;
  bool user_xattr = false;  // rootless overlay: `user.overlay.` instead of `trusted.overlay.`
  bool own = true;          // chown to the entry's owner (needs root or a user namespace)
  /// With Whiteouts::overlay: what the layer will stand on. Parents that the archive leaves out take their
  /// mode, owner and xattrs from here, and are 0755 root:root without it.
  const MergedView* below = nullptr;
};

struct UnpackResult {
  Digest diff_id;  // of the uncompressed tar, all of its bytes read
  uint64_t bytes = 0;
  uint64_t entries = 0;
};

/// Unpacks the blob read from `fd` below `root`. Every path is resolved with openat2(RESOLVE_IN_ROOT): no
/// entry name, symlink or hardlink leads outside. Compression (none, gzip, zstd) is found from the first
/// bytes. Later entries replace earlier ones. Device nodes, setuid bits, xattrs (`security.capability`,
/// `user.*`) and mtimes are kept; overlay's own xattrs in an archive are refused. Fails with `corrupt`,
/// `no_space`, `io`, `cancelled`.
Result<UnpackResult> unpack_layer(int fd, const std::filesystem::path& root, const UnpackOptions& options,
                                  std::stop_token stop = {});

/// Whether `fd` has a tar, in itself or compressed with gzip, zstd, bzip2 or xz: its first header must be
/// one. Reads from the current position, and goes back there.
Result<bool> is_archive(int fd, std::stop_token stop = {});

/// Reads a tar (compressed or not) member by member. The reader callback pulls the current file's content.
class TarReader {
 public:
  static Result<TarReader> open(int fd, const UnpackLimits& limits = {});
  TarReader(TarReader&&) noexcept;
  TarReader& operator=(TarReader&&) noexcept;
  ~TarReader();
  /// The next member, or nothing at the end. Paths are normalised; one that leaves the root is `corrupt`.
  Result<std::optional<Entry>> next();
  /// Streams the current member's content.
  Status read(const std::function<Status(std::string_view)>& sink);
  /// All of the current member's content; `corrupt` above `limit`.
  Result<std::string> read_all(uint64_t limit);
  /// Reads the rest and returns the digest of the uncompressed stream.
  Result<Digest> finish();

 private:
  struct State;
  explicit TarReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tierbuild::archive
