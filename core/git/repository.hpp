// The git facts that a build needs: which commit this is, and which files are clean.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "git/changes.hpp"

namespace tierbuild::git {

struct Head {
  std::string sha;     // 40 hex digits; empty before the first commit
  std::string branch;  // empty if detached
  std::string tag;     // a tag that points at HEAD; the last by name if there are several
  bool dirty = false;  // tracked files differ from HEAD, or untracked ones exist that are not ignored
};

/// The commit that a comparison with a revision starts from.
struct MergeBase {
  std::string sha;  // 40 hex digits
  ObjectId tree;
};

/// A git work tree, opened through libgit2 without any hook, filter or program being run.
class Repository {
 public:
  /// The repository that holds `path`; nothing if there is none. Worktrees and submodules are repositories.
  static Result<std::optional<Repository>> discover(const std::filesystem::path& path);
  /// The repository whose top directory is `path`; nothing if it is none.
  static Result<std::optional<Repository>> open(const std::filesystem::path& path);
  Repository(Repository&&) noexcept;
  Repository& operator=(Repository&&) noexcept;
  ~Repository();

  /// The top directory of the work tree.
  const std::filesystem::path& root() const;
  Result<Head> head() const;
  /// The bytes of a file in the tree of a commit (`rev` as git rev-parse reads it); nothing if it is not
  /// there.
  Result<std::optional<std::string>> read(const std::string& rev, const std::string& path) const;
  /// Paths of all tracked files below `directory` (relative to root), sorted.
  Result<std::vector<std::string>> tracked(const std::string& directory) const;
  /// What HEAD and `rev` (as git rev-parse reads it) have in common last, as `git diff rev...` takes it.
  /// Fails with `invalid` and a suggestion if there is no such commit, and with what to fetch if this is a
  /// shallow clone whose history does not reach it.
  Result<MergeBase> merge_base(const std::string& rev) const;
  /// Where the work tree differs from a tree, sorted by path; ignored files count like other untracked ones.
  Result<std::vector<Change>> changes(const ObjectId& tree, const ChangesOptions& options) const;

 private:
  friend class Snapshot;
  struct State;
  static Result<std::optional<Repository>> open_with(const std::filesystem::path& path, unsigned flags);
  explicit Repository(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tierbuild::git
