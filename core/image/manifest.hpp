// OCI descriptors, manifests and indexes (image-spec 1.1), and their docker schema 2 twins.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "hash/digest.hpp"
#include "image/platform.hpp"

namespace tierbuild::image {

inline constexpr const char* kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr const char* kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr const char* kOciConfig = "application/vnd.oci.image.config.v1+json";
inline constexpr const char* kOciLayer = "application/vnd.oci.image.layer.v1.tar";
inline constexpr const char* kOciLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr const char* kOciLayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";
/// The config of an artifact that has none: the two bytes `{}`.
inline constexpr const char* kOciEmpty = "application/vnd.oci.empty.v1+json";
inline constexpr const char* kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr const char* kDockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr const char* kDockerConfig = "application/vnd.docker.container.image.v1+json";
inline constexpr const char* kDockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";

/// Whose media types documents and layers have.
enum class Format : uint8_t { oci, docker };

using Annotations = std::map<std::string, std::string>;

struct Descriptor {
  std::string media_type;
  Digest digest;
  uint64_t size = 0;
  std::optional<Platform> platform = std::nullopt;
  Annotations annotations = {};
  std::string artifact_type = {};  // of a manifest that a list of referrers names; "" for images

  /// Canonical JSON of the descriptor alone, and back; fails with `corrupt`.
  std::string json() const;
  static Result<Descriptor> parse(std::string_view json);
  bool operator==(const Descriptor&) const = default;
};

struct Manifest {
  std::string media_type = kOciManifest;
  Descriptor config;
  std::vector<Descriptor> layers;  // bottom first
  Annotations annotations;
  std::string artifact_type;          // what an artifact holds; "" for images
  std::optional<Descriptor> subject;  // the manifest that this artifact refers to

  /// Canonical JSON: fixed key order, no spaces; the digest of an image rests on it.
  std::string json() const;
  /// Fails with `corrupt` for anything that is not a manifest, or that is an index as well (CVE-2021-41190).
  static Result<Manifest> parse(std::string_view json);
};

struct Index {
  std::string media_type = kOciIndex;
  std::vector<Descriptor> manifests;
  Annotations annotations;

  std::string json() const;
  static Result<Index> parse(std::string_view json);
  /// The manifest for a platform: equal os and architecture, and the variant if both name one; an exact
  /// variant wins. Attestation entries (`unknown/unknown`) are never chosen. `not_found` lists the platforms
  /// that exist.
  Result<Descriptor> choose(const Platform& platform) const;
};

bool is_index(std::string_view media_type);
bool is_manifest(std::string_view media_type);

}  // namespace tierbuild::image
