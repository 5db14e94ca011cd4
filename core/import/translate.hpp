// A Dockerfile as stages in which every instruction is one that the language has words for.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "dockerfile/build.hpp"
#include "dockerfile/request.hpp"

namespace tierbuild::imports {

/// A directory that COPY takes files from.
struct Directory {
  std::string path;                                // relative to the root, "." for itself
  std::optional<std::vector<std::string>> ignore;  // what stands in for its .dockerignore
  bool operator==(const Directory&) const = default;
};
/// An image that a request names as a context: another request, or one of a registry.
struct OtherTarget {
  std::string name;
};
struct OtherImage {
  std::string reference;
};
using NamedContext = std::variant<Directory, OtherTarget, OtherImage>;

struct Translation {
  const dockerfile::Request* request = nullptr;
  std::string file;         // of the Dockerfile, relative to the root
  dockerfile::Build build;  // its stages; configs of those that are built on include what the request says
  Directory context;
  std::map<std::string, NamedContext> contexts;
  std::map<std::string, std::string> args;  // that were put in place of variables
  image::Platform platform;
};

/// What import asks of the world.
struct World {
  std::string root;  // absolute: where the Buildfile lies
  const Environment& environment;
  /// The config of an image of a registry.
  std::function<Result<image::Config>(const std::string& reference, const image::Platform& platform)> config;
};

/// What a target that was translated before has become; null if it stays on its Dockerfile.
using FindTranslation = std::function<const Translation*(const std::string& target)>;

/// `path` relative to the root; nothing if it lies elsewhere.
std::optional<std::string> relative_to(const std::string& root, const std::string& path);

/// Fails with the reason for which the target must stay on its Dockerfile, at the instruction that is it.
Result<Translation> translate(const dockerfile::Request& request, const World& world,
                              const FindTranslation& find);

/// The config that a stage stands on.
Result<image::Config> config_below(const dockerfile::BuiltStage& stage, const Translation& translation,
                                   const World& world, const FindTranslation& find);

}  // namespace tierbuild::imports
