// The config of an image as fields of a target.
#pragma once

#include "graph/config_patch.hpp"
#include "import/request_text.hpp"

namespace tierbuild::imports {

/// All but `env`.
void config_fields(const graph::ConfigPatch& config, Fields& fields);

}  // namespace tierbuild::imports
