// The text of a first Buildfile.lua.
#pragma once

#include <string>

#include "cli/init_scan.hpp"

namespace tierbuild::cli {

/// A Buildfile that evaluates, with a comment on everything that was guessed.
std::string first_buildfile(const Repository& repository);
/// The text as a Lua string.
std::string lua_quote(const std::string& text);

}  // namespace tierbuild::cli
