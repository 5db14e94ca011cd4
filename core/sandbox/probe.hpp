// Runs a healthcheck inside a container that is running.
#pragma once

#include <sys/types.h>

#include <map>

#include "sandbox/oci_run.hpp"

namespace tierbuild::sandbox {

/// Checks until the container is healthy, has failed as often as it may, or has ended; then ends it, first
/// with SIGTERM. At first the check is tried every second, and failures do not count: for the time of
/// `start`, at least for one interval. The caller is the parent of the container; exit codes of children that
/// are met go to `ended`, the container's surely.
ProbeReport probe_container(const Bundle& bundle, const Cgroups& cgroups, pid_t container,
                            std::map<pid_t, int>& ended);

}  // namespace tierbuild::sandbox
