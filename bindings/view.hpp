// View: the one way in which evaluation looks at files. It remembers what was looked at and never leaves the
// workspace.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bindings/looks.hpp"
#include "bindings/view_files.hpp"

namespace tierbuild::bindings {

class View {
 public:
  /// `root` is an absolute directory on disk.
  explicit View(const std::string& root) : View(root, files_on_disk(root)) {}
  View(std::string root, std::unique_ptr<ViewFiles> files)
      : root_(std::move(root)), files_(std::move(files)) {}

  const std::string& root() const { return root_; }
  /// Moves the root; only before anything was looked at or named.
  Status move_root(std::string root);
  /// From now on the root is fixed: a path that depends on it is in use.
  void pin() { pinned_ = true; }

  /// The absolute path of `path` as written in a file of `directory`: relative to it, or with `//` to the
  /// root. Fails if it leads outside the workspace.
  Result<std::string> resolve(const std::string& directory, const std::string& path);
  /// Relative to the root, `.` for the root itself.
  std::string relative(const std::string& absolute) const;

  /// The bytes of a regular file; symlinks may not lead outside.
  Result<std::string> read(const std::string& absolute);
  Result<bool> exists(const std::string& absolute, LastLink link);
  /// Files and directories that match, sorted, written as the pattern is.
  Result<std::vector<std::string>> glob(const std::string& directory, const std::string& pattern);
  /// The names in the directory that holds `absolute`, for suggestions; not remembered.
  std::vector<std::string> neighbours(const std::string& absolute) const;

  /// `read a/b`, `exists a/c`, `glob a/*.py`: what the result of the evaluation depends on, sorted.
  std::vector<std::string> reads() const;
  /// The same with what was seen.
  Looks looks() const;
  /// Whether everything is as `looks` says; `same` is what stats prove of it, see StatProof. What had to be
  /// looked at again because its stat proved nothing is renewed in `looks`, and `renewed` set.
  bool is_unchanged(Looks& looks, std::span<const uint8_t> same, bool& renewed);

 private:
  Result<std::string> read_bytes(const std::string& absolute, Look& look);
  Result<std::vector<std::string>> match(const std::string& pattern, Look& look);
  bool look_again(Look& look, bool& renewed);
  bool globs_are_unchanged(Looks& looks, std::span<const uint8_t> same, bool& renewed);
  void remember(Look look);

  std::string root_;
  std::unique_ptr<ViewFiles> files_;
  bool pinned_ = false;
  std::map<std::pair<Look::Kind, std::string>, Look> looks_;
  bool repeatable_ = true;
};

}  // namespace tierbuild::bindings
