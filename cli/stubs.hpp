// Stubs for lua-language-server: the language and a workspace's rules as Lua declarations with annotations.
#pragma once

#include <string>
#include <vector>

#include "bindings/schema.hpp"

namespace tierbuild::cli {

/// One `---@meta` file. `rules` are those of the workspace: `rule 'x'` then gives a function whose parameters
/// an editor knows.
std::string stubs(const std::vector<bindings::Schema>& schemas, const std::vector<bindings::Schema>& rules);

}  // namespace tierbuild::cli
