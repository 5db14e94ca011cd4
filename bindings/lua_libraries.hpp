// The parts of Lua's own libraries that a Buildfile may use.
#pragma once

#include <string>
#include <string_view>

struct lua_State;

namespace tierbuild::bindings {

/// Puts the allowed functions into the table at `globals`, with those replaced that would let chance in.
void open_lua_libraries(lua_State* lua, int globals);

/// Takes the table of members at the top and pushes a read-only space before it. Unknown members are errors.
void push_space(lua_State* lua, const std::string& name);

/// Why a name of Lua is missing here and what to use instead; null if it is no name of Lua.
const char* why_unavailable(std::string_view name);

}  // namespace tierbuild::bindings
