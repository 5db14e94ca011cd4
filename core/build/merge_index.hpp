// Images that several machines have made, each for its own platform, under one tag.
#pragma once

#include <functional>
#include <stop_token>

#include "image/manifest.hpp"
#include "registry/client.hpp"

namespace tierbuild::build {

/// Makes the tag an index of `own` (each with its platform, in the registry already) and of what the tag has
/// for other platforms. Machines may do so at the same time. `before` gets each index before the tag moves to
/// it. Returns the index.
Result<image::Descriptor> merge_index(registry::Client& client, const image::Reference& tag,
                                      const std::vector<image::Descriptor>& own,
                                      const std::function<Status(const image::Descriptor&)>& before,
                                      std::stop_token stop = {});

}  // namespace tierbuild::build
