// Which OCI runtime really starts a container on this host.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::sandbox {

struct Runtime {
  std::string name;  // "crun"
  std::string path;
  std::string version;
};

struct Attempt {
  std::string name;
  std::string path;    // empty: not installed
  std::string reason;  // why it cannot be used; empty if it can
};

/// Starts a real container (the host's `true`, seen read-only in an empty root) through the helper with each
/// installed runtime, `crun` first, until one works. `override_path` ($TIERBUILD_RUNTIME) names the only one
/// to try. `scratch` is an empty directory. `host_lacks` with the command that installs one, and with what
/// each attempt said.
Result<Runtime> probe_runtime(const std::string& override_path, const std::filesystem::path& scratch,
                              std::vector<Attempt>* attempts = nullptr);

/// The `tierbuild-step` helper: $TIERBUILD_STEP, beside this program, or in libexec. `host_lacks` if it is
/// nowhere.
Result<std::string> find_helper();

/// Whether this process is in a user namespace, where a step needs `user_xattr`.
bool in_user_namespace();

struct HostCheck {
  std::string name;  // "overlayfs", "user namespaces", "cgroups", "seccomp", "oci runtime", "mmdebstrap"
  bool ok = false;
  bool required = false;
  std::string detail;
  std::string fix;  // the command or setting that mends it
};
/// What `tierbuild doctor` prints.
std::vector<HostCheck> check_host(const std::filesystem::path& scratch);

}  // namespace tierbuild::sandbox
