// Variables in the texts of compose files.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "document/node.hpp"

namespace tierbuild::compose {

using Environment = std::map<std::string, std::string>;
using Lookup = std::function<std::optional<std::string>(const std::string& name)>;

/// Called with the name of a variable that is not set and has no default.
using Unset = std::function<void(const std::string& name)>;

/// Replaces `$x`, `${x}`, `${x:-default}`, `${x-default}`, `${x:+other}`, `${x+other}`, `${x:?error}` and
/// `${x?error}`; words behind the operators may hold variables again; `$$` is a dollar. Fails with `invalid`.
Result<std::string> interpolate(std::string_view text, const Lookup& lookup, const Unset& unset);

/// Replaces the variables in all texts of a node, names of members apart. An error has the place of its text;
/// each variable that is not set gives a warning.
Status interpolate(document::Node& node, const Environment& environment, std::vector<Error>& warnings);

/// The lines of an `.env` file or an `env_file`: `NAME=value`, `export NAME=value`, `NAME: value`; quotes of
/// both kinds, which may hold line ends, comments, variables. A name alone takes the value that `lookup` has,
/// or has none. Fails with `invalid` and the place.
Result<std::vector<std::pair<std::string, std::optional<std::string>>>> read_env(std::string_view text,
                                                                                 const std::string& file,
                                                                                 const Lookup& lookup);

}  // namespace tierbuild::compose
