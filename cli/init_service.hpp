// One service of a first Buildfile.
#pragma once

#include <filesystem>
#include <string>

#include "cli/init_tiers.hpp"

namespace tierbuild::cli {

/// `service 'name' { … }`. What a Dockerfile copies but is not there goes into `left_out`.
std::string service_text(const Repository& repository, const TierPlan& plan, size_t component,
                         const std::filesystem::path& root, std::vector<std::string>& left_out);

}  // namespace tierbuild::cli
