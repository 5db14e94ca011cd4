// An image to look at, wherever it is: in the store, in a file, in a registry.
#pragma once

#include <string>

#include "cli/session.hpp"
#include "image/config.hpp"
#include "image/manifest.hpp"
#include "image/reference.hpp"

namespace tierbuild::cli {

struct ImageView {
  std::string name;   // as it was found: "service:discord", "docker.io/library/debian:12"
  std::string where;  // "store", "file", "registry"
  image::Descriptor descriptor;
  std::string manifest_bytes, config_bytes;
  image::Manifest manifest;
  image::Config config;
  Digest index;                              // that it was found in; empty if there is none
  std::vector<image::Descriptor> platforms;  // the images of the index, or of the target
  /// What refers to the image, and before that to its index; only of registries.
  std::vector<image::Descriptor> referrers;
};

enum class LookIn { anywhere, registry };

/// Finds `name` as a target of the last build, a name in the store, `oci:PATH`, or in its registry; of an
/// index, the manifest for the session's platform.
Result<ImageView> view_image(Session& session, const std::string& name, LookIn where);

/// The reference that a name stands for in a registry: that of a target is its first one as it was built.
Result<image::Reference> remote_name(Session& session, const std::string& name);

std::string image_text(const ImageView& view, const Terminal& terminal);
std::string image_json(const ImageView& view);

}  // namespace tierbuild::cli
