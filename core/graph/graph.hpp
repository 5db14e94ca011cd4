// The build graph: what is to be made and from what. Pure values: no I/O, no clock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/typed_id.hpp"
#include "graph/config_patch.hpp"
#include "image/platform.hpp"

namespace tierbuild::graph {

using NodeId = Id<struct NodeTag>;
using StackId = Id<struct StackTag>;
using TargetId = Id<struct TargetTag>;

// --- where files come from
// -----------------------------------------------------------------------------------------

/// What a checkout is of; for people, and of no key a part.
struct Revision {
  std::string from;    // `https://host/repository.git#main`; empty: it is no checkout
  std::string commit;  // 40 hex digits
};

/// Files of the workspace, placed by their path below `strip`. Neither where the workspace lies nor how the
/// files were picked is part of a key: only the paths that they get, their modes and their content are.
struct FileSource {
  std::string root;                  // absolute: the workspace root
  std::vector<std::string> include;  // relative to root, see fs::Selection
  std::vector<std::string> exclude;
  std::string strip;  // leading path that is taken off; a file that is `strip` itself keeps its name
  Location where;
  /// The root is the context of a Dockerfile and is read as docker reads it: `include` as written behind COPY
  /// (wildcards of Go's filepath.Match, "" or "." for all, symlinks that it names are followed in the root),
  /// modes as they are on disk, `.git` and all; what `ignore` says is not there. No file of the root is
  /// asked.
  bool is_context = false;
  std::vector<std::string> ignore = {};  // the lines of a `.dockerignore`
  Revision revision = {};
  bool operator==(const FileSource& other) const {
    return root == other.root && include == other.include && exclude == other.exclude &&
           strip == other.strip && is_context == other.is_context && ignore == other.ignore;
  }
};

/// A file or directory of a stack: `copy { src, from = image }`, a bind mount of an image.
struct StackSource {
  StackId stack;
  std::string path;  // absolute in the stack
  bool operator==(const StackSource&) const = default;
};

/// The file or tree that a fetch node brings.
struct FetchSource {
  NodeId node;
  bool operator==(const FetchSource&) const = default;
};

/// Where a line of a text was written, and the lines that led there.
struct LineOrigin {
  Location where;
  std::vector<Location> via;
  bool operator==(const LineOrigin&) const = default;
};

/// A file whose content stands in the Buildfile, or was made from files that it reads.
struct TextSource {
  std::string text;
  std::vector<LineOrigin> lines = {};  // of made texts, for each line; no part of a key
  bool operator==(const TextSource& other) const { return text == other.text; }
};

using Source = std::variant<FileSource, StackSource, FetchSource, TextSource>;

// --- operations
// ----------------------------------------------------------------------------------------------------

/// An image that exists already, or is bootstrapped.
struct Base {
  enum class Kind : uint8_t { scratch, registry, layout, debian };
  Kind kind = Kind::scratch;
  std::string reference;              // registry: normalised reference; layout: path of a layout or tar
  std::string name;                   // layout: which of several images
  std::string suite;                  // debian
  std::vector<std::string> packages;  // debian: sorted
  std::string mirror;                 // debian: empty for the default
  bool operator==(const Base&) const = default;
};

enum class Sharing : uint8_t { shared, locked, private_ };

struct Mount {
  enum class Kind : uint8_t { cache, secret, bind, tmpfs, ssh };
  Kind kind = Kind::cache;
  std::string target;
  std::string id;  // cache, secret, ssh
  Sharing sharing = Sharing::shared;
  uint32_t uid = 0, gid = 0;
  uint32_t mode = 0755;
  std::string env;      // secret: the variable that holds it instead of a file
  std::string version;  // secret: enters the key, the value never does
  bool required = true;
  Source from;          // bind, and seeded caches
  bool seeded = false;  // cache: a new one begins as a copy of `from`
  bool writable = false;
  uint64_t size = 0;  // tmpfs
  bool operator==(const Mount&) const = default;
};

struct Limits {
  uint64_t memory = 0;
  double cpus = 0;
  uint64_t pids = 0;
  int64_t timeout_ms = 0;
  bool operator==(const Limits&) const = default;
};

/// Of a resource of the kernel; -1: no limit.
struct Ulimit {
  int64_t soft = 0, hard = 0;
  bool operator==(const Ulimit&) const = default;
};

/// A program that a step finds as a file of mode 0755.
struct Script {
  std::string path, text;
  bool operator==(const Script&) const = default;
};

/// A command in a sandbox. Its layer is what it changes in the root filesystem, or, with `out`, what it
/// leaves in that directory, which becomes the root of a relocatable layer.
struct Run {
  StackId on;
  std::vector<std::string> argv;
  std::map<std::string, std::string> env;  // besides the environment of the base image
  std::string cwd;
  std::string user;
  std::vector<Mount> mounts;
  bool network = false;
  Limits limits;
  std::string out;
  std::optional<Script> script = {};
  std::map<std::string, std::string> hosts = {};  // name → address, in the step's own /etc/hosts
  // How the step runs; of no key a part.
  uint64_t shm_size = 0;                       // bytes of /dev/shm; 0: as the runtime has it
  std::map<std::string, Ulimit> ulimits = {};  // `nofile` → …
  bool operator==(const Run&) const = default;
};

/// Owner of copied files: numbers, or names that are looked up in the root filesystem of `Copy::names_on`.
struct Owner {
  uint32_t uid = 0, gid = 0;
  std::string user, group;
  bool operator==(const Owner&) const = default;
};

struct CopyItem {
  Source source;
  std::string to;  // absolute; a trailing '/' puts a file under its own name into that directory
  Owner owner;
  std::optional<uint32_t> mode;
  bool operator==(const CopyItem&) const = default;
};

/// Files placed at fixed paths; relocatable unless an owner is given by a name.
struct Copy {
  std::vector<CopyItem> items;
  StackId names_on;  // invalid if all owners are numbers
  bool operator==(const Copy&) const = default;
};

struct PlaceItem {
  Source source;  // of a context: one `include` and no `strip`; the path of a StackSource may hold wildcards
  std::string name;     // of a text or a fetched file
  bool unpack = false;  // an archive (tar, also compressed) is known by its content and unpacked
  bool operator==(const PlaceItem&) const = default;
};

/// COPY and ADD of a Dockerfile. Where files land depends on what the stack holds: an existing directory
/// takes them under their own names, symlinks on the way are followed, and only missing directories are made.
struct Place {
  StackId on;  // with `link`: where the names of owners are looked up
  std::vector<PlaceItem> items;
  std::string to;     // absolute; a '/' at the end says that it is a directory
  std::string owner;  // as `--chown` says; "": 0:0 for what is new, and images' files keep theirs
  std::string mode;   // as `--chmod` says, octal or symbolic; "": as the files have it
  std::vector<std::string> exclude;  // `--exclude`
  bool parents = false;              // `--parents`: the pattern's directories too, from its `/./` on
  bool link = false;                 // `--link`: a layer that does not look at the stack
  bool operator==(const Place&) const = default;

  /// Whether the stack is read: a `link` with a mode is none, as in docker.
  bool looks_at_stack() const;
};

/// WORKDIR of a Dockerfile: the directory and those above it that are missing, with mode 0755.
struct MakeDirectory {
  StackId on;
  std::string path;
  std::string owner;  // "": 0:0
  bool operator==(const MakeDirectory&) const = default;
};

/// Adds a user (and a group of the same name) to the account files of the root filesystem.
struct AddUser {
  StackId on;
  std::string name;
  std::optional<uint32_t> uid, gid;
  std::string group, home, shell;
  bool operator==(const AddUser&) const = default;
};

/// The subtree `path` of a stack as a relocatable layer, at `to`.
struct Subtree {
  StackId of;
  std::string path, to;
  bool operator==(const Subtree&) const = default;
};

/// What `of` adds on top of `base`, as one layer.
struct Difference {
  StackId of, base;
  bool operator==(const Difference&) const = default;
};

/// A file from the network, by its content.
struct Fetch {
  std::string url;
  std::string sha256;  // 64 hex digits
  bool unpack = false;
  uint32_t strip = 0;  // leading path components taken off when unpacking
  bool operator==(const Fetch&) const = default;
};

using Operation = std::variant<Base, Run, Copy, AddUser, Subtree, Difference, Fetch, Place, MakeDirectory>;

/// What a mount brings from elsewhere; null if it brings nothing.
const Source* source_of(const Mount& mount);

/// Whether the operation depends on the platform itself, and not only on what it stands on.
bool is_native(const Operation& op);

// --- the graph
// -----------------------------------------------------------------------------------------------------

struct Node {
  Operation op;
  std::string label;  // for people and records: "tier:base/apt"
  Location where;
  image::Platform platform;  // of the first target that has it
  bool shared = false;       // targets of other platforms have it, too
};

/// A pile of layers: the one that `top` makes on what is `below` (invalid under the base).
struct Stack {
  StackId below;
  NodeId top;
};

enum class TargetKind : uint8_t { tier, service };
std::string_view name_of(TargetKind kind);

/// A step as the target that declares it knows it: equal steps of several targets are one node, which has the
/// label and the place of the first.
struct OwnStep {
  NodeId node;
  std::string label;  // "service:web/apt"
  Location where;
};

struct Target {
  TargetKind kind = TargetKind::service;
  std::string name;
  image::Platform platform;  // filled in by Graph::add
  StackId root;
  std::vector<OwnStep> own;       // the steps that it puts on what it stands on
  ConfigPatch config;             // all that lies on top of the base image's own config
  std::vector<std::string> tags;  // full references; may hold stamps
  std::vector<TargetId> needs;    // targets it stands on or copies from
  NodeId check;                   // a run that must succeed in the finished image; invalid if there is none
  uint64_t budget = 0;            // bytes, 0 = none
  bool push = true;
  Location where;

  /// `service:discord`.
  std::string id() const;
};

/// Owns nodes, stacks and targets. Equal operations are one node, so that two targets share their work. A
/// graph may hold a workspace for several platforms: each target once for each of them. A command or a base
/// is then a node of one platform, and anything that brings the same bytes to all of them is shared.
class Graph {
 public:
  explicit Graph(image::Platform platform) : platforms_{std::move(platform)} {}

  /// What is added from now on is for this platform.
  void begin(image::Platform platform);

  /// The node with this operation; a new one only if there is none yet (its label is then the first user's).
  NodeId add(Operation op, std::string label, Location where) {
    return add(std::move(op), std::move(label), std::move(where), platforms_.back());
  }
  /// The same for another platform, such as that of the machine, whose compilers build for all.
  NodeId add(Operation op, std::string label, Location where, const image::Platform& platform);
  /// The stack with `top` on `below`; the same one for the same pair.
  StackId stack(StackId below, NodeId top);
  TargetId add(Target target);

  /// Of a graph for one platform; else the first.
  const image::Platform& platform() const { return platforms_.front(); }
  const std::vector<image::Platform>& platforms() const { return platforms_; }
  const Node& operator[](NodeId id) const { return nodes_[id.index()]; }
  const Stack& operator[](StackId id) const { return stacks_[id.index()]; }
  const Target& operator[](TargetId id) const { return targets_[id.index()]; }
  Target& target(TargetId id) { return targets_[id.index()]; }
  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<Stack>& stacks() const { return stacks_; }
  const std::vector<Target>& targets() const { return targets_; }

  /// The label of a node and the id of a target, with the platform where the graph has several.
  std::string title(NodeId id) const;
  std::string title(TargetId id) const;

  /// The nodes of a stack, bottom first; the first is its base.
  std::vector<NodeId> layers_of(StackId id) const;
  NodeId base_of(StackId id) const;
  /// The stacks a node reads, in the order in which they enter its key.
  std::vector<StackId> stacks_of(NodeId id) const;
  /// A node as `target` knows it: by its own step, or one of a target that it needs; else by the node itself.
  OwnStep named(TargetId target, NodeId id) const;
  /// The nodes whose outputs a node needs before its key can be made, each once.
  std::vector<NodeId> inputs_of(NodeId id) const;
  /// The sources a node reads, in the order in which they enter its key.
  std::vector<const Source*> sources_of(NodeId id) const;

 private:
  std::vector<image::Platform> platforms_;  // the last one is added to
  std::vector<Node> nodes_;
  std::vector<Stack> stacks_;
  std::vector<Target> targets_;
  std::multimap<std::string, NodeId> by_shape_;
  std::map<std::pair<StackId, NodeId>, StackId> by_pair_;
};

}  // namespace tierbuild::graph
