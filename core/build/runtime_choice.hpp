// Which OCI runtime a store's host uses.
#pragma once

#include <string>

#include "base/result.hpp"
#include "store/store.hpp"

namespace tierbuild::build {

/// The path of the runtime: `asked` if given (it is tried first), else the one that worked here before, else
/// the first one that starts a container. `host_lacks` with a hint if there is none.
Result<std::string> choose_runtime(store::Store& store, const std::string& asked);

}  // namespace tierbuild::build
