// `--cache-from` and `--cache-to`, as docker's users write them.
#pragma once

#include <string>
#include <vector>

#include "build/remote_cache.hpp"
#include "project/project.hpp"

namespace tierbuild::cli {

/// `type=registry,ref=REF` or REF alone; fails with `invalid` and a hint.
Result<build::CachePlace> parse_cache_from(const std::string& text);
/// The same, and `mode=min|max`.
Result<build::CacheGoal> parse_cache_to(const std::string& text);

/// What the command line says, then what `cache` of each registry names. That is read by every build, and
/// written by those that push.
Result<build::CacheSettings> cache_settings(const std::vector<std::string>& from,
                                            const std::vector<std::string>& to,
                                            const std::vector<project::RegistryDecl>& registries,
                                            bool pushes);

}  // namespace tierbuild::cli
