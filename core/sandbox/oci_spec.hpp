// The OCI runtime configuration (runtime-spec 1.0) of a step: namespaces, mounts, capabilities, seccomp,
// limits.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "sandbox/step_spec.hpp"

namespace tierbuild::sandbox {

struct Identity {
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::vector<uint32_t> groups;
  std::string home = "/";
};

/// Resolves a `user` field by the /etc/passwd and /etc/group texts of the root filesystem. Numbers need no
/// entry; ids above 2^31-1 are `invalid` (CVE-2024-40635); unknown names are `invalid` with a suggestion.
Result<Identity> resolve_user(const std::string& user, const std::string& passwd, const std::string& group);

/// A mount as the runtime gets it, all sources prepared.
struct PreparedMount {
  std::string target, type, source;
  std::vector<std::string> options;
};

/// The text of config.json.
std::string oci_spec(const StepSpec& step, const Identity& identity, const std::string& rootfs,
                     const std::vector<PreparedMount>& mounts);

}  // namespace tierbuild::sandbox
