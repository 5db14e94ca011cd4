// The objects of a repository: trees, blobs and commits, by their ids.
#pragma once

#include <optional>
#include <vector>

#include "git/library.hpp"
#include "git/object.hpp"

namespace tierbuild::git {

struct NamedEntry {
  std::string name;
  Entry entry;
};

/// What a commit says of history.
struct CommitFacts {
  ObjectId tree;
  std::vector<ObjectId> parents;
  int64_t time = 0;  // of the committer, in seconds
};

/// Reads from one repository, which must outlive it; for one thread at a time.
class Objects {
 public:
  static Result<Objects> open(git_repository* repository);

  /// The entries of a tree in git's order. All fail with `not_found` if there is no such object, with
  /// `corrupt` if it is of another kind or makes no sense.
  Result<std::vector<NamedEntry>> tree(const ObjectId& id) const;
  Result<std::string> blob(const ObjectId& id) const;
  Result<CommitFacts> commit(const ObjectId& id) const;
  bool has(const ObjectId& id) const;
  git_odb* get() const { return odb_.get(); }

 private:
  explicit Objects(OdbHandle odb) : odb_(std::move(odb)) {}
  Result<std::string> read(const ObjectId& id, git_object_t kind) const;

  OdbHandle odb_;
};

/// Between the project's ids and those of libgit2.
ObjectId id_of(const git_oid& id);
/// The id that 40 hex digits write; nothing if they are none.
std::optional<ObjectId> parse_id(std::string_view hex);
git_oid oid_of(const ObjectId& id);

}  // namespace tierbuild::git
