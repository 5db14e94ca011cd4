// Pieces of a Buildfile as text.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tierbuild {

/// The text as a Lua string.
std::string lua_quote(std::string_view text);
/// `{ 'a', 'b' }`; broken into lines where it would be too long after `indent` blanks and a field's name.
std::string lua_list(const std::vector<std::string>& words, size_t indent);
/// `{ NAME = 'value', ['odd name'] = 'value' }`.
std::string lua_table(const std::vector<std::pair<std::string, std::string>>& pairs, size_t indent);
/// A text inside a comment: one line, not too long.
std::string lua_comment(std::string_view text);
/// A text as an item of a list in comments, broken between words where a line would be too long.
std::string lua_comment_item(std::string_view text);

}  // namespace tierbuild
