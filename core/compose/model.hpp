// What files become before they are merged, and how that goes.
#pragma once

#include "document/node.hpp"

namespace tierbuild::compose {

/// Checks the names of a file's members and gives each the one form that the rest works with: short forms
/// become maps, lists of `NAME=value` too, relative paths start at `directory`. Fails with `invalid` and the
/// place.
Status make_canonical(document::Node& file, const std::string& directory, std::vector<Error>& warnings);

/// Lays `over` above `base`: maps member by member, lists one behind the other, all else is replaced.
/// `!reset` takes away, `!override` replaces. Fails with `invalid` where a map meets what is none.
Status merge(document::Node& base, document::Node over);

/// `path` from `directory` on if it is relative, without `.` and `..`.
std::string absolute(const std::string& path, const std::string& directory);
/// A context that is no directory: a URL or a repository.
bool is_remote(std::string_view context);
std::string directory_of(const std::string& path);

/// A scalar's text; `invalid` for anything else.
Result<std::string> text_of(const document::Node& node, std::string_view what);
/// The texts of a list, or one alone.
Result<std::vector<std::string>> texts_of(const document::Node& node, std::string_view what);

}  // namespace tierbuild::compose
