// What the standard library's python.lua is given to work with.
#pragma once

#include "bindings/runtime.hpp"

namespace tierbuild::bindings {

/// tb.pip_types(): { fields =, item =, lists = } for schemas: settings, entries of `pip`, lists of
/// requirements.
Result<int> pip_types(Runtime& runtime, lua_State* lua);
/// tb.pip_groups(list, number): what a `pip` list installs, one table for each step. Steps that take the
/// files of several lists tell them apart by the number.
Result<int> pip_groups(Runtime& runtime, lua_State* lua);
/// tb.with_installed(step, list): the step or layer, which is known to hold what the list installs: one as in
/// `pip`, or the entries of a group of tb.pip_groups.
Result<int> with_installed(Runtime& runtime, lua_State* lua);
/// tb.exe_of(base): the interpreter's name in the image of a tier, an image or an image's name.
Result<int> exe_of(Runtime& runtime, lua_State* lua);

}  // namespace tierbuild::bindings
