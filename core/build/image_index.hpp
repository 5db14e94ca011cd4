// Indexes: the images of a target for several platforms under one digest.
#pragma once

#include <string>
#include <vector>

#include "build/builder.hpp"

namespace tierbuild::build {

/// The index of each target that was built for several platforms, in the order asked for. It names images
/// alone: what is said about them refers to them, and stands beside.
Result<std::vector<IndexResult>> make_indexes(store::Store& store, const graph::Graph& graph,
                                              const std::vector<TargetResult>& targets);

/// The images that a manifest or index in the store stands for.
Result<std::vector<image::Descriptor>> images_of(store::Store& store, const image::Descriptor& manifest);

}  // namespace tierbuild::build
