// Installed packages: what a filesystem's `*.dist-info` directories say (PEP 376, core metadata).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "python/requirement.hpp"

namespace tierbuild::python {

struct InstalledPackage {
  std::string name;  // normalised
  std::string spelled;
  std::string version;
  std::vector<Requirement> needs;  // Requires-Dist; a malformed one is left out
  std::string path;                // of its dist-info directory, absolute in the image
};

/// The package that a METADATA file describes. invalid_argument without a name and version.
Result<InstalledPackage> parse_metadata(std::string_view text, std::string path);

}  // namespace tierbuild::python
