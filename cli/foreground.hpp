// A program of the host in the foreground, with this terminal.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::cli {

/// Runs argv to its end and returns its exit status, 128 + signal if it was killed. `host_lacks` if there is
/// no such program. Stopping sends SIGTERM, then SIGKILL after two seconds, and gives `cancelled`.
Result<int> run_foreground(const std::vector<std::string>& argv,
                           const std::map<std::string, std::string>& env, const std::string& directory,
                           std::stop_token stop);

}  // namespace tierbuild::cli
