// Images between a store and files: OCI layouts, docker and OCI tars, plain trees.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "image/manifest.hpp"
#include "store/store.hpp"

namespace tierbuild::store {

/// Copies an image out of an OCI layout directory, an OCI tar or a `docker save` tar at `path` into the
/// store, every blob verified. `name` picks one of several (ref name or docker tag); empty: the only one, or
/// one for `platform`. Layer records are written. Returns the manifest's descriptor. Docker tars get an OCI
/// manifest of their own.
Result<image::Descriptor> import_image(Store& store, const std::filesystem::path& path,
                                       const std::string& name, const image::Platform& platform);

enum class OutputFormat { oci, docker, tar, local };

struct OutputImage {
  image::Descriptor manifest;
  std::vector<std::string> tags;
};

/// Writes images to `dest`: `oci` an OCI layout as a tar (a directory if dest ends in '/' or is one),
/// `docker` a tar for `docker load`, `tar` the flat root filesystem, `local` that as a directory (which must
/// be empty or missing). `tar` and `local` take exactly one image. "-" as dest is standard output for the tar
/// forms. Deterministic.
Status export_images(Store& store, const std::vector<OutputImage>& images, OutputFormat format,
                     const std::string& dest);

}  // namespace tierbuild::store
