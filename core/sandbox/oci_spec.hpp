// The OCI runtime configuration (runtime-spec 1.0) of a step: namespaces, mounts, capabilities, seccomp,
// limits.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sandbox/cgroups.hpp"
#include "sandbox/step_spec.hpp"

namespace tierbuild::sandbox {

/// The PATH of a step that sets none.
constexpr std::string_view kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

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

/// Whether the host's /sys must be among the mounts: a user namespace may mount a sysfs of its own only for a
/// network namespace of its own.
bool needs_host_sysfs(const StepSpec& step);

/// The text of config.json. Without cgroups no device can be kept from the step, so it may not make any.
/// Fails with `invalid` if an argument, a variable or a path is not UTF-8, which the format demands.
Result<std::string> oci_spec(const StepSpec& step, const Identity& identity, const std::string& rootfs,
                             const std::vector<PreparedMount>& mounts, const Cgroups& cgroups);

}  // namespace tierbuild::sandbox
