// Block reuse: a copy of a large tree that changed in one place takes the other blocks of its layer from the
// layer that the same step made before.
#pragma once

#include <optional>
#include <string>

#include "archive/layer_writer.hpp"
#include "store/store.hpp"

namespace tierbuild::build {

/// The layer that `step` ("service:x/copy") made last, if it was worth remembering and is still there.
std::optional<archive::EarlierLayer> earlier_layer(store::Store& store, const std::string& step);

/// Keeps where the blocks of this layer are; layers of a few blocks are made anew as fast as they are taken
/// over.
Status remember_blocks(store::Store& store, const std::string& step, const archive::LayerBlob& blob);

}  // namespace tierbuild::build
