// The system calls that the default profile names.
#pragma once

#include <string>
#include <vector>

namespace tierbuild::sandbox {

/// Allowed whatever their arguments.
const std::vector<std::string>& allowed_calls();
/// Refused with EPERM, so that a program reports a lack of permission and not of a kernel feature.
const std::vector<std::string>& refused_calls();
/// Answered with success without being carried out.
const std::vector<std::string>& sync_calls();

}  // namespace tierbuild::sandbox
