// Private: a `.git` of one commit, the same bytes for the same commit.
#pragma once

#include <string>

#include "git/objects.hpp"
#include "git/remote.hpp"

namespace tierbuild::git {

/// Makes `.git` in `directory`: a shallow clone whose HEAD is the commit, with the branch or tag that it was
/// found by, and `url` as the origin, without a login in it.
Status write_git_directory(const Objects& objects, const std::string& url, const RemoteRef& ref,
                           int directory);

}  // namespace tierbuild::git
