// ADD of an archive: its members, put into a tree.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>

#include "build/placed_tree.hpp"

namespace tierbuild::build {

/// Unpacks the tar (compressed or not) of `fd` into `directory` of the tree, which is there and which nothing
/// of it leaves: symlinks, those of the image too, are followed as if it were the root. Members replace what
/// has their path, directories are merged; with `owner` all belong to it. Contents lie below `scratch` until
/// the layer is written. Fails with `corrupt` for an archive that is damaged, leads out of the directory or
/// is too large.
Status unpack_into(PlacedTree& tree, const std::string& directory, int fd, std::optional<Ids> owner,
                   const std::filesystem::path& scratch, std::stop_token stop);

}  // namespace tierbuild::build
