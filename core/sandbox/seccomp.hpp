// The default seccomp profile of steps, as the runtime-spec's `linux.seccomp` object.
#pragma once

#include <string>

namespace tierbuild::sandbox {

/// A deny-by-default profile that allows what builds need. What reaches outside a step gets EPERM, all that
/// is not named ENOSYS, so that programs fall back. fsync, fdatasync, sync, syncfs, sync_file_range and
/// msync(MS_SYNC) return 0 at once. JSON text.
const std::string& seccomp_profile();

}  // namespace tierbuild::sandbox
