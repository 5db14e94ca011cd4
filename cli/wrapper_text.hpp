// The wrapper script `tierbuild` that `init` writes into a repository.
#pragma once

#include <string_view>

namespace tierbuild::cli {

std::string_view wrapper_text();

}  // namespace tierbuild::cli
