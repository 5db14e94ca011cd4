// Stamps: values such as the git revision that are filled in late and never enter a key.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::graph {

/// The names a stamp may have: `time`, `version`, `git.sha`, `git.short`, `git.branch`, `git.tag`,
/// `git.dirty`, `key` (in tags: what the image is to be made from).
const std::vector<std::string>& stamp_names();

/// The text that stands for a stamp inside a string until it is filled in: the name between two unit
/// separators.
std::string stamp_token(std::string_view name);
bool has_stamp(std::string_view text);
/// The names of the stamps in `text`, in order.
std::vector<std::string> stamps_in(std::string_view text);

/// Fills in the stamps; a stamp without a value (no git repository, say) is `invalid` with a hint.
Result<std::string> fill_stamps(std::string_view text, const std::map<std::string, std::string>& values);

}  // namespace tierbuild::graph
