// Private: where the submodules of a commit are to be had.
#pragma once

#include <string>

#include "git/objects.hpp"

namespace tierbuild::git {

/// The URL that `.gitmodules` of the tree has for the submodule at `path`; a relative one is one beside
/// `parent`, the repository's own. Fails with `not_found` if it has none.
Result<std::string> submodule_url(const Objects& objects, const ObjectId& tree, const std::string& parent,
                                  const std::string& path);

}  // namespace tierbuild::git
