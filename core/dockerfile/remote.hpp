// What a source of COPY and ADD, or a context, is: a path, or something from elsewhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tierbuild::dockerfile {

enum class SourceKind { path, url, git };

/// `http://` and `https://` are URLs, but repositories if their path ends with `.git`; so are `git://`,
/// `ssh://` and `user@host:path`. Anything else is a path.
SourceKind kind_of(std::string_view source);

/// The same of a context, which may be written `github.com/…` besides.
SourceKind kind_of_context(std::string_view context);

/// `https://host/path.git#REF:DIRECTORY`, or with `?ref=…&subdir=…` in place of the fragment.
struct GitAddress {
  std::string remote;    // what git is asked for, without fragment and query
  std::string ref;       // a branch, a tag, `refs/…` or a commit; empty: what HEAD of the remote names
  std::string subdir;    // relative; empty: all of it
  std::string checksum;  // the commit that it must be, or how its id begins, in hex; empty: any
  bool keep_git_dir = false;
  bool submodules = true;

  /// Fails with `invalid` for keys of the query that there are not, that contradict the fragment, or that
  /// have no value that makes sense.
  static Result<GitAddress> parse(std::string_view text);
  /// The commit that the address itself names, in full; empty: the remote says which it is.
  std::string commit() const;
  /// `remote`, with `#ref` if there is one: what moves, and what a lock pins.
  std::string moving() const { return ref.empty() ? remote : remote + "#" + ref; }
};

/// Files from elsewhere: a directory here that nobody changes.
struct RemoteFiles {
  std::string directory;  // absolute
  std::string commit;     // of a repository: 40 hex digits
  /// Of a file that is no archive: its text, that of a Dockerfile. The directory has it as `context`.
  std::optional<std::string> text;
};

}  // namespace tierbuild::dockerfile
