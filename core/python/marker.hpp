// Markers: `python_version < "3.12" and sys_platform == "linux"` (PEP 508).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tierbuild::python {

/// The variables of PEP 508 (`python_version`, `platform_machine`, …), and `extra`.
using MarkerEnvironment = std::map<std::string, std::string>;

/// That of CPython `version` ("3.12") on Linux of an OCI architecture ("amd64").
MarkerEnvironment linux_environment(std::string_view version, std::string_view architecture);

/// True if the marker holds; an empty one does. invalid_argument if it is malformed.
Result<bool> evaluate_marker(std::string_view marker, const MarkerEnvironment& environment);

}  // namespace tierbuild::python
