// Places: where the names in a declaration are written.
#pragma once

#include <map>
#include <string>

#include "base/error.hpp"

namespace tierbuild::project {

/// By the text of the selector or name.
using Places = std::map<std::string, Location>;

}  // namespace tierbuild::project
