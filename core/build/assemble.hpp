// Assembly: config and manifest of a target whose layers are all there.
#pragma once

#include "build/step_work.hpp"

namespace tierbuild::build {

/// Writes the image of a target into the store, or finds that it is there with the same key. Stamps are
/// filled in; an image that is reused keeps those it was made with.
Result<TargetResult> assemble(const WorkContext& context, graph::TargetId target);

/// The same if there is nothing to write, not even a tag; else nothing. Takes a few lookups.
Result<std::optional<TargetResult>> assembled(const WorkContext& context, graph::TargetId target);

}  // namespace tierbuild::build
