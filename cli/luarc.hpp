// .luarc.json: the settings of lua-language-server for a workspace.
#pragma once

#include <string>

#include "base/result.hpp"

namespace tierbuild::cli {

/// The settings that a Buildfile needs, laid over those in `existing` (the text of the file; empty: there is
/// none): other settings and other libraries stay. A text that needs nothing comes back as it is. Fails with
/// `invalid` if it cannot be changed without loss: it is no JSON object, or has comments.
Result<std::string> editor_settings(const std::string& existing, const std::string& library);

}  // namespace tierbuild::cli
