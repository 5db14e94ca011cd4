// Directories of files that can be made anew.
#pragma once

#include <filesystem>

namespace tierbuild::fs {

/// Removes the oldest files while there are more than `most`.
void keep_newest(const std::filesystem::path& directory, size_t most);

}  // namespace tierbuild::fs
