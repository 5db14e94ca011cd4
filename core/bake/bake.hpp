// From files of compose and bake to requests for images.
#pragma once

#include "bake/targets.hpp"
#include "dockerfile/request.hpp"

namespace tierbuild::bake {

/// What a file of the command line is, by its name, and by its content where the name leaves it open.
enum class FileKind : uint8_t { other, compose, json, hcl };
FileKind kind_of(const std::string& path, const compose::ReadFile& read);

/// The files of a directory that bake reads without being told, in the order in which they are laid above
/// each other.
std::vector<std::string> default_files(const std::string& directory,
                                       const std::function<bool(const std::string& path)>& exists);

struct Options {
  std::vector<std::string> files;      // absolute
  std::vector<std::string> names;      // targets and groups; empty: `default`
  std::vector<std::string> overrides;  // of --set
  compose::Environment environment;
  std::string directory;  // the current one, where paths of bake files start
};

struct Chosen {
  std::vector<Target> targets;     // with all that they inherit; those that others need come before these
  std::vector<std::string> names;  // of those that were asked for
  std::vector<Group> groups;       // that were asked for, and `default`
  std::vector<Error> warnings;
};

/// Fails with `invalid` or `not_found` and the place.
Result<Chosen> choose(const Options& options, const compose::ReadFile& read);

/// What `docker buildx bake --print` writes in a directory.
std::string print(const Chosen& chosen, const std::string& directory);

/// A request for each target, in their order. What means nothing here gives a warning that names it.
Result<std::vector<dockerfile::Request>> requests_of(const Chosen& chosen, const std::string& directory,
                                                     std::vector<Error>& warnings);

}  // namespace tierbuild::bake
