// The text of a first Buildfile.lua.
#pragma once

#include <filesystem>
#include <string>

#include "cli/init_scan.hpp"

namespace tierbuild::cli {

/// A Buildfile that evaluates, with a comment on everything that was guessed and a list of what was not
/// carried over. `root` is looked at only for whether what a Dockerfile copies is there.
std::string first_buildfile(const Repository& repository, const std::filesystem::path& root);

}  // namespace tierbuild::cli
