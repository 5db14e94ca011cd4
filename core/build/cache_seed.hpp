// What a new cache mount begins with.
#pragma once

#include "build/step_work.hpp"

namespace tierbuild::build {

/// If the cache `directory` does not exist yet, makes it as a copy of what the mount is seeded from. Of a
/// private one, the first.
Status seed_cache(const WorkContext& context, const graph::Mount& mount, const std::string& directory,
                  const std::filesystem::path& scratch, std::stop_token stop);

}  // namespace tierbuild::build
