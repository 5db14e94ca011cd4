// The names under which a target's image is stored and pushed.
#pragma once

#include <string>
#include <vector>

#include "project/project.hpp"

namespace tierbuild::project {

/// Full references, stamps not yet filled in: every registry's prefix, the image name (`{name}` filled in),
/// and each tag of the target, else of the registry, else `latest`. A name that brings its own tag gets no
/// other one; a tag that is a whole reference (`ghcr.io/x/y:1`) stands as it is.
std::vector<std::string> image_names(const Project& project, const TargetDecl& target);

}  // namespace tierbuild::project
