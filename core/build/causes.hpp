// Causes: the reasons of one build as they are kept with its record.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "graph/change.hpp"

namespace tierbuild::build {

/// Changes as JSON: `[{"subject":"file","how":"changed","name":"app/main.py"}]`. What is empty is left out;
/// after the first hundred only their number is kept, as a last element `{"more": N}`.
std::string to_json(const std::vector<graph::Change>& changes);
/// The changes of such a text; damaged text gives none.
std::vector<graph::Change> parse_changes(std::string_view json);

}  // namespace tierbuild::build
