// The same layer in another compression.
#pragma once

#include "archive/layer_writer.hpp"

namespace tierbuild::archive {

/// Reads a layer blob from `in`, whatever its compression, and writes its tar to `out` with that of
/// `options`. The bytes are those that a LayerWriter gives for this tar. `entries` of the result is 0: the
/// tar is not looked into. Fails with `corrupt`, `io`, `no_space`, `cancelled`.
Result<LayerBlob> recompress(int in, int out, const LayerOptions& options);

}  // namespace tierbuild::archive
