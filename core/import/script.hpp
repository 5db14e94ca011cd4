// Scripts of RUN as a Buildfile shows them.
#pragma once

#include <optional>
#include <string>

namespace tierbuild::imports {

/// Whether `set -eu` and `pipefail` in front change nothing: one list of plain commands joined by `&&` and
/// `||`.
bool is_plain(const std::string& script);
/// The same script for a POSIX shell, broken into lines behind `&&`; blanks outside of quotes are one each.
/// As it is if it holds anything that is not plain enough to be sure.
std::string in_lines(const std::string& script, const std::string& margin);
/// A text as a Lua string: quoted, or between long brackets if that reads better.
std::string lua_text(const std::string& text);

}  // namespace tierbuild::imports
