// CacheEntry: what steps led to, as an artifact in a registry. Its layers are those of the steps, so that a
// registry keeps them as long as the entry, and a hit is known to be whole without a look at any of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "image/manifest.hpp"

namespace tierbuild::build {

inline constexpr const char* kCacheArtifact = "application/vnd.tierbuild.cache.v1";

/// The record of a step under its key, as StepRecord is one in the store.
struct CachedStep {
  struct Layer {
    Digest diff_id;
    image::Descriptor blob;
    bool kept = true;  // false: the layer is known and not in the repository, as it is in no image
    bool operator==(const Layer&) const = default;
  };

  Digest key;
  std::string label;  // "tier:base/apt"
  std::vector<Layer> layers;
  std::string config, manifest;           // bases: the documents themselves
  std::vector<std::string> env;           // bases
  std::optional<image::Descriptor> file;  // fetches
  bool file_kept = true;
  int64_t duration_ms = 0;
  bool operator==(const CachedStep&) const = default;
};

/// An entry holds one step under its key, or all steps of an image or of a whole build under a digest of what
/// they are to be made from (see recipe.hpp). The digest only says where to look: what applies is decided by
/// the keys.
struct CacheEntry {
  enum class Kind : uint8_t { step, image, build };
  Kind kind = Kind::step;
  Digest address;
  std::vector<CachedStep> steps;

  image::Manifest manifest() const;
  /// Fails with `corrupt` unless the manifest is the entry that was asked for and consistent in itself:
  /// layers are named by the manifest, documents of bases fit each other and their layers.
  static Result<CacheEntry> parse(const image::Manifest& manifest, Kind kind, const Digest& address);
};

std::string_view name_of(CacheEntry::Kind kind);
/// The tag of an entry: `<prefix>-<64 hex digits>`.
std::string entry_tag(std::string_view prefix, CacheEntry::Kind kind, const Digest& address);
/// The config of artifacts: the two bytes `{}`.
image::Descriptor empty_config();

}  // namespace tierbuild::build
