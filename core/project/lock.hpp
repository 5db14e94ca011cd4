// The lock file: what base tags and fetched addresses stood for when they were locked.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "hash/digest.hpp"

namespace tierbuild::project {

/// Beside the root Buildfile.
inline constexpr const char* kLockFile = "tierbuild.lock";

struct Lock {
  std::map<std::string, Digest> bases;  // full reference with its tag → index or manifest of all platforms
  std::map<std::string, Digest> fetches;       // URL → the file's SHA-256
  std::map<std::string, std::string> commits;  // `URL` or `URL#REF` of a repository → 40 hex digits
  bool operator==(const Lock&) const = default;
};

/// What a workspace needs a lock for, each with the first place that names it.
struct LockUses {
  std::map<std::string, Location> tags;     // full references
  std::map<std::string, Location> fetches;  // URLs
  std::map<std::string, Location> commits;  // repositories: `URL` or `URL#REF`

  void merge(LockUses other);
};

/// One entry a line: `base python:3.12-slim sha256:…`, `fetch https://… sha256:…` or
/// `git https://….git#main COMMIT`; blank lines and `#` comments are skipped. The first malformed line is an
/// `invalid` error (E050) with its place in `file`; so is an entry that contradicts or repeats an earlier
/// one, and the mark of an unresolved merge.
Result<Lock> parse_lock(std::string_view text, const std::string& file);

/// Sorted, one line for each entry, with a comment that says what the file is.
std::string serialise(const Lock& lock);

/// What `uses` asks for and the lock lacks (E051), then what the lock holds and nothing uses (E052, in
/// `file`).
std::vector<Error> stale_entries(const Lock& lock, const LockUses& uses, const std::string& file);

}  // namespace tierbuild::project
