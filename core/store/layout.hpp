// The two files that make a directory an OCI image layout: `oci-layout` and `index.json`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "image/manifest.hpp"

namespace tierbuild::store {

inline constexpr const char* kRefName = "org.opencontainers.image.ref.name";
inline constexpr const char* kLayoutFile = "oci-layout";
inline constexpr const char* kIndexFile = "index.json";
/// Beside the layout: what evaluations saw and yielded, what scans of sources saw, a file each, and what is
/// known of files of workspaces.
inline constexpr const char* kEvaluations = "evaluations";
inline constexpr const char* kListings = "listings";
inline constexpr const char* kFingerprints = "fingerprints";
/// Also beside it: files from elsewhere that are read as contexts, a directory each, and clones of the
/// repositories that some of them are from. Both are named by digests, which their users announce.
inline constexpr const char* kContexts = "contexts";
inline constexpr const char* kClones = "clones";
inline constexpr const char* kLayoutText = R"({"imageLayoutVersion":"1.0.0"})";

/// What the names of files start with that are written to replace another one.
inline constexpr const char* kUnfinished = ".tmp-";

/// Fails with `invalid` if there is no `oci-layout` of a version that is understood.
Status check_layout(const std::filesystem::path& root);
/// The index of a layout; an empty one if the file is missing. Fails with `corrupt`.
Result<image::Index> read_index(const std::filesystem::path& root);
/// Replaces index.json as a whole, flushed, unless it has these bytes already.
Status write_index(const std::filesystem::path& root, const image::Index& index);

/// The lock under which a store's index.json is changed.
inline std::filesystem::path index_lock(const std::filesystem::path& root) {
  return root / "leases" / "index.lock";
}

/// The name that an entry carries, or nothing.
std::optional<std::string> ref_name(const image::Descriptor& entry);
/// Makes `name` lead to `target` and to nothing else.
void set_ref_name(image::Index& index, const std::string& name, const image::Descriptor& target);

}  // namespace tierbuild::store
