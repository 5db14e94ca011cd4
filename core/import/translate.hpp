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
  std::string path;                                // as the Buildfile names it, "." for its own
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
  std::string file;         // of the Dockerfile, as the Buildfile names it
  dockerfile::Build build;  // its stages; configs of those that are built on include what the request says
  Directory context;
  std::map<std::string, NamedContext> contexts;
  std::map<std::string, std::string> args;  // that were put in place of variables
  image::Platform platform;
};

/// Where the Buildfile is to lie, and the root of its workspace, a directory above or the same; absolute.
struct Places {
  std::string directory, root;

  /// `path` relative to the directory; nothing if it lies outside of the workspace.
  std::optional<std::string> name_of(const std::string& path) const;
};
/// The path of its Dockerfile, if it is a file.
std::string dockerfile_of(const dockerfile::Request& request);
/// The workspace is the nearest directory that holds all contexts and Dockerfiles, unless that is `/`.
Places places_of(const std::vector<dockerfile::Request>& requests, const std::string& directory);

/// What import asks of the world.
struct World {
  Places places;
  const Environment& environment;
  /// The config of an image of a registry.
  std::function<Result<image::Config>(const std::string& reference, const image::Platform& platform)> config;
};

/// What a target that was translated before has become; null if it stays on its Dockerfile.
using FindTranslation = std::function<const Translation*(const std::string& target)>;

/// Fails with the reason for which the target must stay on its Dockerfile, at the instruction that is it.
Result<Translation> translate(const dockerfile::Request& request, const World& world,
                              const FindTranslation& find);

/// The config that a stage stands on.
Result<image::Config> config_below(const dockerfile::BuiltStage& stage, const Translation& translation,
                                   const World& world, const FindTranslation& find);

}  // namespace tierbuild::imports
