// The text of a Buildfile.lua that builds what Dockerfiles, compose and bake files build.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "dockerfile/request.hpp"

namespace tierbuild::cli {

struct Import {
  std::vector<std::string> files;             // that were read, relative to the root
  std::vector<dockerfile::Request> requests;  // each behind those that it names as contexts
  std::set<std::string> chosen;               // services; the others are tiers, which are there for them
  std::vector<std::string> left_out;          // lines for people
};

/// Paths in it are relative to `root`, where the file is to lie. What requests say and a Buildfile does not
/// is listed at the top, behind what `import` lists.
std::string imported_buildfile(Import import, const std::string& root);

}  // namespace tierbuild::cli
