// Index: what git has staged, with the stat of each file when it was.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "git/object.hpp"

namespace tierbuild::git {

/// What lstat said, cut to the 32 bits that the index has room for.
struct IndexStat {
  uint32_t ctime = 0, ctime_ns = 0, mtime = 0, mtime_ns = 0;
  uint32_t device = 0, inode = 0, uid = 0, gid = 0, size = 0;
};

struct IndexEntry {
  uint32_t path_at = 0, path_size = 0;  // see Index::path
  Mode mode = Mode::file;
  ObjectId id;
  IndexStat stat;
  bool assumed = false;   // not to be looked at: `git update-index --assume-unchanged`
  bool left_out = false;  // by a sparse checkout
};

/// The id of a directory as a tree, as far as the index has kept it.
struct CachedTree {
  std::string name;
  bool valid = false;
  ObjectId id;
  std::vector<CachedTree> children;

  const CachedTree* child(std::string_view wanted) const;
};

/// Sorted by path. Files in conflict and those that are only meant to be added are left out: they count as
/// untracked.
class Index {
 public:
  /// Reads an index of version 2, 3 or 4. `invalid` if it needs something else (a split or sparse index),
  /// `corrupt` if it makes no sense; the checksum at its end is not looked at, as git does not.
  static Result<Index> parse(std::string_view bytes);

  std::string_view path(const IndexEntry& entry) const {
    return std::string_view(paths_).substr(entry.path_at, entry.path_size);
  }
  const std::vector<IndexEntry>& entries() const { return entries_; }
  const CachedTree& tree() const { return tree_; }
  /// The entry of a path, or null.
  const IndexEntry* find(std::string_view path) const;
  /// The entries in [from, to) whose path is below `directory/` (`directory` is their common parent's path
  /// and a '/').
  std::pair<size_t, size_t> below(std::string_view directory, size_t from, size_t to) const;

  /// Adds an entry behind the others.
  void add(std::string_view path, IndexEntry entry);

 private:
  std::string paths_;
  std::vector<IndexEntry> entries_;
  CachedTree tree_;
};

}  // namespace tierbuild::git
