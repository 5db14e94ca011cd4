// Foreign platforms: whether this host runs programs of other machines, through binfmt_misc and qemu.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "graph/plan.hpp"
#include "image/platform.hpp"

namespace tierbuild::build {

/// Whether programs for the platform run in images here: the platform is this machine's, or the kernel hands
/// them to an interpreter that it holds open (flag F; any other would have to be in each image). Fails with
/// `host_lacks` and the command that helps.
Status can_run(const image::Platform& platform, const std::filesystem::path& handlers);
Status can_run(const image::Platform& platform);

/// Whether a node runs programs of its platform.
bool runs_programs(const graph::Operation& op);

}  // namespace tierbuild::build
