// What lies in a directory.
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::store {

/// The paths of all entries, sorted. Fails with `not_found`, `io`.
Result<std::vector<std::filesystem::path>> list_directory(const std::filesystem::path& directory);

/// The same; none if there is no such directory.
Result<std::vector<std::filesystem::path>> list_directory_if_any(const std::filesystem::path& directory);

/// Whether something, or a directory, is there; symlinks are not followed.
bool is_there(const std::filesystem::path& file);
bool is_there_as_directory(const std::filesystem::path& file);

/// Bytes on disk of one file, 0 if it is not there.
uint64_t file_blocks(const std::filesystem::path& file);

}  // namespace tierbuild::store
