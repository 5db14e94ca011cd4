// Staging: a source laid out as a directory that a step can be given.
#pragma once

#include "build/step_work.hpp"

namespace tierbuild::build {

/// Makes a directory that a step sees: its mode does not depend on the umask of who builds.
Status make_step_directory(const std::filesystem::path& directory, mode_t mode = 0755);

/// Writes what is left of an open file to a new one.
Status copy_bytes(int from, const std::filesystem::path& to, mode_t mode);

/// Makes the upper directory of an overlay. Its root shows through, so it is like that of the uppermost of
/// `layers` (bottom first), and 0755 without any.
Status make_upper(const std::filesystem::path& upper, const std::vector<std::filesystem::path>& layers);

/// Copies the files of a source into `directory` (new), with canonical modes and the clamp time. Returns the
/// path to mount: the directory, or the file in it if the source is a single file.
Result<std::filesystem::path> stage_files(const SourceFiles& source, const std::filesystem::path& directory,
                                          int64_t mtime);

/// Lays a fetched file, unpacked if the fetch says so, into `directory`.
Result<std::filesystem::path> stage_fetch(const WorkContext& context, const graph::FetchSource& source,
                                          const std::filesystem::path& directory, std::stop_token stop);

}  // namespace tierbuild::build
