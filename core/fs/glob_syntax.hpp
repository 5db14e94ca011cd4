// The text side of globs: braces, brackets and the match of one name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::fs {

/// The pattern once for each choice of its `{a,b}` alternatives, nested ones included; escapes stay as they
/// are. Fails with `invalid` and the column for an unclosed brace or bracket, or if there are too many
/// choices.
Result<std::vector<std::string>> expand_braces(std::string_view pattern);

/// True if there is a `*`, `?` or `[` that is not escaped.
bool has_wildcard(std::string_view text);

/// The text without its backslashes.
std::string unescape(std::string_view text);

/// True if one component of a pattern (`*`, `?`, brackets, escapes; checked by expand_braces) matches a name.
bool match_name(std::string_view pattern, std::string_view name);

}  // namespace tierbuild::fs
