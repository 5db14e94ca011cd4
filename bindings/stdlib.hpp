// The standard library: Lua files that are part of the program.
#pragma once

#include <string>
#include <vector>

namespace tierbuild::bindings {

struct LibraryModule {
  std::string name;  // "apt.lua"
  std::string text;
};

/// All modules, sorted by name.
const std::vector<LibraryModule>& library_modules();

}  // namespace tierbuild::bindings
