// The git facts that a build needs: which commit this is, and which files are clean.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::git {

struct Head {
  std::string sha;     // 40 hex digits; empty before the first commit
  std::string branch;  // empty if detached
  std::string tag;     // a tag that points at HEAD; the last by name if there are several
  bool dirty = false;  // tracked files differ from HEAD, or untracked ones exist that are not ignored
};

/// A git work tree, opened through libgit2 without any hook, filter or program being run.
class Repository {
 public:
  /// The repository that holds `path`; nothing if there is none. Worktrees and submodules are repositories.
  static Result<std::optional<Repository>> discover(const std::filesystem::path& path);
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

 private:
  struct State;
  explicit Repository(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tierbuild::git
