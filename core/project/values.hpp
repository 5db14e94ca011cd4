// Values of the language: immutable images, steps and layers as a Buildfile makes them, before names are
// linked.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "graph/config_patch.hpp"
#include "graph/graph.hpp"
#include "python/requirement.hpp"

namespace tierbuild::project {

struct Image;
struct Step;
using ImagePtr = std::shared_ptr<const Image>;
using StepPtr = std::shared_ptr<const Step>;

// --- where files come from
// ------------------------------------------------------------------------------------------

/// Paths are absolute on disk here; `text` is a file's content given in place.
struct FilesValue {
  std::string root;  // directory that the patterns are relative to
  std::vector<std::string> include;
  std::vector<std::string> exclude;
};
struct PathValue {
  std::string path;  // absolute path of one file or directory of the workspace
  std::vector<std::string> exclude;
};
struct ImagePath {
  ImagePtr image;
  std::string path;
};
struct FetchValue {
  std::string url, sha256;
  bool unpack = false;
  uint32_t strip = 0;
};
struct TextValue {
  std::string text;
  std::vector<graph::LineOrigin> lines = {};  // of a text made from files: where each line was written
};
/// A directory that COPY takes files from, or a mount.
struct ContextDirectory {
  std::string path;                 // absolute
  std::vector<std::string> ignore;  // the lines of its ignore file
  graph::Revision revision = {};    // of a checkout
};
/// Files of a context as COPY names them: with wildcards, and without those that are ignored.
struct ContextPath {
  ContextDirectory context;
  std::string path;
};
using SourceValue = std::variant<PathValue, FilesValue, ImagePath, FetchValue, TextValue, ContextPath>;

// --- steps: each makes at most one layer
// ----------------------------------------------------------------------------

struct MountValue {
  graph::Mount mount;               // all but `from`
  std::optional<SourceValue> from;  // bind
};

/// `run {…}` and `sh {…}` (whose argv is already the shell's), `layer.build` (with `on` and `out`).
struct RunStep {
  std::vector<std::string> argv;
  std::map<std::string, std::string> env;
  std::string cwd, user;
  std::vector<MountValue> mounts;
  bool network = false;
  graph::Limits limits;
  ImagePtr on;      // layer.build: the image it runs in, instead of the target's own stack
  std::string out;  // layer.build: the directory whose content is the layer
};

struct CopyItem {
  SourceValue source;
  std::string to;
  std::string owner;  // "", "name", "name:group", "uid", "uid:gid"
  std::optional<uint32_t> mode;
};
/// `copy {…}` with one item, `layer.files {…}` with several.
struct CopyStep {
  std::vector<CopyItem> items;
};

struct PlaceItem {
  SourceValue source;  // a path of a context or of an image, a text
  std::string name;    // of a text
  bool unpack = false;
};
/// `place {…}`: COPY of a Dockerfile.
struct PlaceStep {
  std::vector<PlaceItem> items;
  std::string to, owner, mode;  // owner and mode as --chown and --chmod say
  std::vector<std::string> exclude;
  bool parents = false, link = false;
};
/// `directory {…}`: WORKDIR of a Dockerfile.
struct DirectoryStep {
  std::string path, owner;
};

struct UserStep {
  std::string name;
  std::optional<uint32_t> uid, gid;
  std::string group, home, shell;
};

/// `img:tree(path)`.
struct TreeStep {
  ImagePtr of;
  std::string path, to;
};
/// `img:diff(base)`.
struct DiffStep {
  ImagePtr of, base;
};

struct Step {
  std::variant<RunStep, CopyStep, UserStep, TreeStep, DiffStep, PlaceStep, DirectoryStep> op;
  std::string label;  // short name for people: "apt", "pip", "run", or what the author gave
  std::string hook;   // a program of its layer that runs before the entrypoint; empty: none
  std::string bin;    // a directory of its layer that PATH begins with; empty: none
  std::vector<python::Requirement> installs;  // Python packages, if it is known to install some
  Location where;
};

// --- images
// ---------------------------------------------------------------------------------------------------------

/// A name in `from`: a declared tier or service (`python-base`, `tier:python-base`), else an image of a
/// registry.
struct NamedBase {
  std::string name;
};
struct KnownBase {
  graph::Base base;
};

/// A Dockerfile with all that it is built with.
struct Dockerfile {
  std::string name;  // of the file, as places have it
  std::string text;
  ContextDirectory context;
  std::map<std::string, std::string> args;
  std::map<std::string, std::variant<ContextDirectory, ImagePtr>>
      contexts;         // by name, in place of stages and images
  bool network = true;  // of RUN that says nothing about it
  // of every RUN
  std::map<std::string, std::string> hosts;  // name → address
  uint64_t shm_size = 0;                     // bytes; 0: as the engine has it
  std::map<std::string, graph::Ulimit> ulimits;
};
/// A stage of a Dockerfile.
struct DockerfileBase {
  std::shared_ptr<const Dockerfile> file;
  std::string target;  // empty: the last stage
};

/// A base with operations on it, oldest first. `below` shares all but the last operation.
struct Image {
  std::variant<NamedBase, KnownBase, ImagePtr, DockerfileBase> base;
  std::vector<std::variant<StepPtr, graph::ConfigPatch>> ops;
  uint32_t depth = 0;  // of the images that it is made from; bounded, as all work on images follows them
  Location where;
};

}  // namespace tierbuild::project
