// The default seccomp profile of steps, as the runtime-spec's `linux.seccomp` object.
#pragma once

#include <string>

namespace tierbuild::sandbox {

/// A deny-by-default profile (EPERM; ENOSYS for system calls newer than the list) that allows what builds
/// need; fsync, fdatasync, sync, syncfs, sync_file_range and msync(MS_SYNC's call) return 0 at once. JSON
/// text.
const std::string& seccomp_profile();

}  // namespace tierbuild::sandbox
