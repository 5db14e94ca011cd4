// Private: a directory that no path, symlink or race leads out of.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace tierbuild::archive {

class ConfinedRoot {
 public:
  /// Fails with `not_found`, or `host_lacks` where the kernel has no openat2.
  static Result<ConfinedRoot> open(const std::filesystem::path& root);

  /// The directory at `path` (normal, "" is the root itself); symlinks are followed inside the root. Fails
  /// with `not_found`, or `corrupt` if something on the way is not a directory.
  Result<UniqueFd> directory(const std::string& path) const;

  /// What to do with a component that is missing, or is there and is not a directory: `parent` and its name.
  struct Missing {
    int parent;
    std::string path;  // of the component, normal
    std::string name;
  };
  /// As `directory`, but calls `make` for every component that does not exist (also behind a dangling
  /// symlink) or is no directory; `make` leaves a directory there or fails.
  Result<UniqueFd> make_directory(const std::string& path,
                                  const std::function<Status(const Missing&)>& make) const;

 private:
  explicit ConfinedRoot(UniqueFd fd) : fd_(std::move(fd)) {}
  /// The descriptor, or minus errno.
  int resolve(const std::string& path) const;

  UniqueFd fd_;
};

/// Removes what `name` is in `parent`, a tree as a whole; a missing one is success. Never follows a symlink.
Status remove_at(int parent, const std::string& name);

/// The names in a directory (the descriptor's position is used), unsorted, without dots.
Result<std::vector<std::string>> names_in(int directory);

/// lstat in a directory; nothing if there is no such name.
Result<std::optional<struct stat>> stat_at(int parent, const std::string& name);

}  // namespace tierbuild::archive
