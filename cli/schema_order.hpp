// The order in which schemas are shown: where two share their fields, the first one is where they are told.
#pragma once

#include <vector>

#include "bindings/schema.hpp"

namespace tierbuild::cli {

/// What declares something, then other names, then methods; else the order stays.
std::vector<bindings::Schema> by_importance(std::vector<bindings::Schema> schemas);

}  // namespace tierbuild::cli
