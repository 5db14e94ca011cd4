// StepSpec: all that one step needs, handed to the `tierbuild-step` helper on its standard input.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::sandbox {

enum class Sharing : uint8_t { shared, locked, private_ };

/// A read-only or scratch overlay of layer directories, bottom first, and the directory under it that is
/// mounted.
struct LayersSource {
  std::vector<std::string> layers;
  std::string subpath;
};

struct StepMount {
  enum class Kind : uint8_t { bind, layers, cache, tmpfs, secret };
  Kind kind = Kind::bind;
  std::string target;     // absolute path in the container
  std::string source;     // bind: host path without symlinks; cache: CacheMounts root / identity
  LayersSource layers;    // layers; names as in StepSpec
  bool read_only = true;  // bind and layers; a writable `layers` mount is a throw-away overlay
  uint64_t size = 0;      // tmpfs: bytes, 0 = the kernel's default
  std::string secret;     // secret: the bytes; they exist on this pipe and on a tmpfs, nowhere else
  uint32_t uid = 0, gid = 0, mode = 0755;
  Sharing sharing = Sharing::shared;  // cache
};

struct Limits {
  uint64_t memory = 0;  // bytes; 0 = no limit, for all of these
  double cpus = 0;
  uint64_t pids = 0;
  int64_t timeout_ms = 0;  // kept by the caller, who kills the helper
};

/// A resource limit of the kernel, for the command and all that it starts.
struct Rlimit {
  std::string type;             // "RLIMIT_NOFILE"
  uint64_t soft = 0, hard = 0;  // UINT64_MAX: none
};

/// A healthcheck that runs inside while the command runs, with its user, environment and namespaces.
struct ProbeSpec {
  std::vector<std::string> argv;
  int64_t interval_ms = 30'000, timeout_ms = 30'000;
  int64_t start_ms = 0;  // failures before do not count
  uint32_t retries = 3;  // failures in a row that make it unhealthy
};

struct StepSpec {
  std::string id;       // unique among running steps; names the container and its cgroup
  std::string scratch;  // an empty directory of this step's own, on the store's file system
  std::string runtime;  // path of the OCI runtime; "" runs `argv` on the host (bootstrap tools only)
  std::vector<std::string> layers;  // root filesystem, bottom first; names relative to `layers_root`
  std::string layers_root;
  std::string upper;  // receives what the step changes; must exist and be empty
  std::vector<std::string> argv;
  std::vector<std::string> env;  // "NAME=value"
  std::string cwd = "/";
  std::string user;  // "", "name", "uid", "uid:gid", "name:group": resolved in the root filesystem
  std::string hostname = "tierbuild";
  std::vector<StepMount> mounts;
  bool network = false;     // true: the host's network with its resolv.conf and hosts
  bool user_xattr = false;  // rootless
  Limits limits;
  std::vector<Rlimit> rlimits = {};     // besides those that every step has
  std::optional<ProbeSpec> probe = {};  // ends the command when its health is known

  std::string json() const;
  static Result<StepSpec> parse(const std::string& json);
};

/// What a probe found.
struct ProbeReport {
  enum class Verdict : uint8_t {
    healthy,
    unhealthy,  // the check failed as often as it may
    ended,      // the command ended before
    refused     // the check cannot be run at all, and `error` says why
  };
  Verdict verdict = Verdict::unhealthy;
  uint32_t checks = 0;
  int exit_code = 0;  // of the last check; 128 + signal, also for one that took too long
  bool timed_out = false;
  std::string output;  // the end of what the last check printed
  std::string error;
};

/// Exit statuses of the helper besides the command's own (which it passes on, 128 + signal included): 125 if
/// the sandbox could not be set up, 126 if the command cannot be executed, 127 if the image does not have it.
/// They are told from a command's by the report that the helper writes to descriptor 3: one JSON line
/// `{"phase":"setup|run","exit":N,"error":"…","oom":false,"mount_points":["etc/resolv.conf", …]}`.
/// The helper dies with the thread that started it.
struct StepReport {
  bool started = false;  // false: the sandbox could not be set up, and `error` says why
  int exit_code = 0;
  std::string error;
  bool out_of_memory = false;
  /// Paths in the root filesystem that were created only to be mounted on. Those that the step left alone are
  /// removed from the upper directory again; none of them enters the layer.
  std::vector<std::string> mount_points;
  std::optional<ProbeReport> probe = {};  // set if there was one and the command was started

  std::string json() const;
  static Result<StepReport> parse(const std::string& json);
};

}  // namespace tierbuild::sandbox
