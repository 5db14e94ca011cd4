// The text of a Buildfile.lua that builds what Dockerfiles, compose and bake files build.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "dockerfile/request.hpp"
#include "import/translate.hpp"

namespace tierbuild::imports {

enum class Dockerfiles : uint8_t {
  translate,  // those that the language has words for
  keep,       // all stay as they are, and the Buildfile names them
};

struct Import {
  std::vector<std::string> files;             // that were read, relative to the root
  std::vector<dockerfile::Request> requests;  // each behind those that it names as contexts
  std::set<std::string> chosen;               // services; the others are tiers, which are there for them
  std::vector<std::string> left_out;          // lines for people
  Dockerfiles dockerfiles = Dockerfiles::translate;
};

struct Imported {
  std::string buildfile;
  std::map<std::string, std::string> dockerfiles;  // that it names and that stood in other files: name → text
};

/// Paths in it are relative to where the file is to lie. What requests say and a Buildfile does not
/// is listed at the top, behind what `import` lists; so is why a target stays on its Dockerfile.
Imported imported_buildfile(Import import, const World& world);

}  // namespace tierbuild::imports
