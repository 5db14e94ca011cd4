// Requirements files that include each other: what several install is installed first, by a step that they
// share.
#pragma once

#include <string>
#include <vector>

#include "import/translate.hpp"

namespace tierbuild::imports {

/// Where `pip install -r own.txt` of several Dockerfiles includes the same file, puts `pip install` of that
/// one in front: it becomes a part of what they begin with, and the same packages are installed. Where that
/// is not certain all stays as it is, and `notes` gets a line.
void share_requirements(const std::vector<Translation*>& translations, std::vector<std::string>& notes);

}  // namespace tierbuild::imports
