// Changes as the JSON output of verbs shows them.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "graph/change.hpp"

namespace tierbuild::cli {

/// `{"file", "line", "column"}`, or null.
nlohmann::ordered_json place_json(const Location& where);
nlohmann::ordered_json changes_json(const std::vector<graph::Change>& changes);

}  // namespace tierbuild::cli
