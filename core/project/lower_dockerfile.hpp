// Lowering of Dockerfiles: their stages become nodes, and what they say about the image a change of its
// config.
#pragma once

#include "project/lower_steps.hpp"

namespace tierbuild::project {

/// The image of the stage that `base` means. Stages that it does not need make no nodes, and equal stages of
/// equal files are the same nodes. Errors go to `lowering.fail` and the findings of the checks to
/// `lowering.warn`, both with their places in the Dockerfile; after an error the stack is invalid. `scope` is
/// in front of labels: `service:web`.
LoweredImage lower_dockerfile(ImageLowering& lowering, const DockerfileBase& base, const std::string& scope);

}  // namespace tierbuild::project
