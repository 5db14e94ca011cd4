// What a source of COPY and ADD is: a path, or something from elsewhere.
#pragma once

#include <string_view>

namespace tierbuild::dockerfile {

enum class SourceKind { path, url, git };

/// `http://` and `https://` are URLs, but repositories if their path ends with `.git`; so are `git://`,
/// `ssh://` and `user@host:path`. Anything else is a path.
SourceKind kind_of(std::string_view source);

}  // namespace tierbuild::dockerfile
