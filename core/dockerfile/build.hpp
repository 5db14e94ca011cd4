// What a Dockerfile builds: its stages with all names and variables resolved, ready to be lowered.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "dockerfile/check.hpp"
#include "dockerfile/mount.hpp"
#include "dockerfile/syntax.hpp"
#include "image/config.hpp"
#include "image/platform.hpp"

namespace tierbuild::dockerfile {

// --- where files come from

struct FromScratch {
  bool operator==(const FromScratch&) const = default;
};
struct FromContext {  // the directory that is built
  bool operator==(const FromContext&) const = default;
};
struct FromStage {
  size_t index = 0;  // in Build::stages
  bool operator==(const FromStage&) const = default;
};
struct FromImage {
  std::string reference;  // in full
  image::Platform platform;
  bool operator==(const FromImage&) const = default;
};
/// A context that the caller gives by name, instead of a stage or an image.
struct FromNamed {
  std::string name;
  bool operator==(const FromNamed&) const = default;
};
using Origin = std::variant<FromScratch, FromContext, FromStage, FromImage, FromNamed>;

// --- operations

struct ResolvedMount {
  Mount mount;  // the target is absolute; of a cache, the id is set
  Origin from;  // bind and cache
};

struct RunOperation {
  std::vector<std::string> argv;
  std::map<std::string, std::string> env;
  std::string cwd, user;
  std::vector<ResolvedMount> mounts;
  Run::Network network = Run::Network::standard;
  Run::Security security = Run::Security::sandbox;
  std::vector<std::string> devices;
  /// A heredoc that names its own interpreter: a file that `argv` runs, mounted there with mode 0755.
  struct Script {
    std::string path, text;
  };
  std::optional<Script> script;
};

struct CopyOperation {
  struct Text {
    std::string name, text;
  };
  Copy::Verb verb = Copy::Verb::copy;
  Origin from = FromContext{};
  std::vector<std::string> sources;  // as written, variables replaced
  std::vector<Text> texts;
  std::string to;           // absolute; a '/' at its end says that it is a directory
  std::string owner, mode;  // "" if not given
  std::vector<std::string> exclude;
  bool link = false, parents = false;
  std::optional<bool> keep_git_dir, unpack;
  std::string checksum;
};

/// WORKDIR makes its directory, and those above it that are missing, with mode 0755.
struct DirectoryOperation {
  std::string path, owner;
};

struct Operation {
  std::variant<RunOperation, CopyOperation, DirectoryOperation> what;
  std::string text;  // the instruction as written
  Range where;
};

struct BuiltStage {
  std::string name;  // "" or the author's
  Origin base;
  image::Platform platform;
  std::vector<Operation> operations;
  image::Config config;  // of its image: the base's with all that the stage says
  Range where;
};

struct Build {
  std::vector<BuiltStage>
      stages;  // those that the target needs, each behind those it needs; the target is last
  std::vector<CheckFinding> findings;
};

// --- evaluation

struct BuildOptions {
  std::map<std::string, std::string> args;  // --build-arg
  std::string target;                       // "": the last stage
  image::Platform platform, build_platform;
  std::set<std::string> contexts;                        // names of contexts that are given
  std::function<bool(const std::string& path)> ignored;  // for CopyIgnoredFile; may be empty
};

/// The config of an image or of a named context that the stage with this FROM stands on.
using ConfigOf = std::function<Result<image::Config>(const Origin& origin, const image::Platform& platform,
                                                     const Range& from)>;

/// Evaluates what the target needs. Fails with `invalid` and the place of the wrong word, or with what
/// `config_of` says.
Result<Build> build(const File& file, const BuildOptions& options, const ConfigOf& config_of);

}  // namespace tierbuild::dockerfile
