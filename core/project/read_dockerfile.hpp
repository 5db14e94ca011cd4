// From files to the value of a Dockerfile: its text, and what its context leaves out.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "dockerfile/ignore_file.hpp"
#include "project/values.hpp"

namespace tierbuild::project {

/// `directory` with the lines of its ignore file.
Result<ContextDirectory> context_directory(const std::filesystem::path& directory,
                                           const dockerfile::ReadFile& read);

/// The Dockerfile at `file` with its context. Its text is not looked into. Fails with `not_found` if there is
/// none, and with `invalid` for an ignore file that makes no sense.
Result<Dockerfile> read_dockerfile(const std::filesystem::path& file, const std::filesystem::path& context,
                                   const dockerfile::ReadFile& read);

}  // namespace tierbuild::project
