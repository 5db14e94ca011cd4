// The control groups of steps: what the host offers, whether a step ran out of memory, and removal.
#pragma once

#include <string>

#include "base/result.hpp"
#include "sandbox/step_spec.hpp"

namespace tierbuild::sandbox {

struct Cgroups {
  enum class Version : uint8_t { none, v1, v2 };

  std::string root = "/sys/fs/cgroup";
  Version version = Version::none;  // none: there are none, or this process may not make any
  bool memory = false, swap = false, cpu = false, pids = false;

  /// Looks at the host. Makes the parent group of steps, `tierbuild`, if it may.
  static Cgroups detect(const std::string& root = "/sys/fs/cgroup");

  /// `host_lacks` if a limit is asked for that cannot be kept here.
  Status check(const Limits& limits) const;
  /// The path of a step's group below the root of each hierarchy: `/tierbuild/ID`.
  static std::string path(const std::string& id) { return "/tierbuild/" + id; }
  /// Whether the kernel killed a process of the step for lack of memory; asked before `remove`.
  bool out_of_memory(const std::string& id) const;
  /// Removes a step's groups, and those that killed steps left behind more than a minute ago.
  void remove(const std::string& id) const;
};

}  // namespace tierbuild::sandbox
