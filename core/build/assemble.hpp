// Assembly: config and manifest of a target whose layers are all there.
#pragma once

#include "build/history.hpp"
#include "build/step_work.hpp"

namespace tierbuild::build {

/// What an image's record remembers of how it was made.
struct ImageOrigin {
  Digest made_of;      // over the keys of its layers
  bool fresh = false;  // one of its steps ran in this build
  std::function<std::vector<KeyField>()> steps;
};

/// Writes the image of a target into the store, or finds that it is there with the same key. Stamps are
/// filled in; an image that is reused keeps those it was made with.
Result<TargetResult> assemble(const WorkContext& context, History& history, graph::TargetId target,
                              ImageOrigin origin);

/// The same if there is nothing to write, not even a tag; else nothing. Takes a few lookups.
Result<std::optional<TargetResult>> assembled(const WorkContext& context, History& history,
                                              graph::TargetId target, ImageOrigin origin);

}  // namespace tierbuild::build
