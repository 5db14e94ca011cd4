// A build as lines of text, for tests.
#pragma once

#include <string>

#include "dockerfile/build.hpp"

namespace tierbuild::dockerfile {

std::string describe(const Build& build);
std::string describe(const CheckFinding& finding);

}  // namespace tierbuild::dockerfile
