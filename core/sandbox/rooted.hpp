// Paths inside a root directory that strangers fill: never resolved outside it, whatever its symlinks say.
#pragma once

#include <ctime>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace tierbuild::sandbox {

/// A place in a root: a descriptor (O_PATH, of no symlink) and its path from the root, such as `/etc/hosts`.
struct Place {
  UniqueFd fd;
  std::string path;
};

/// A file or directory that was made so that something can be mounted on it.
struct Stub {
  std::string path;  // from the root, without a leading slash
  bool directory = false;
  timespec parent_before{}, parent_after{};  // the parent's mtime around the making
};

class Rooted {
 public:
  static Result<Rooted> open(const std::string& directory);

  /// Resolves a path with all its symlinks, `..` and absolute ones included, within the root. Fails with
  /// `not_found`.
  Result<Place> find(const std::string& path) const;
  /// As `find`, but makes what is missing: directories on the way, and a directory or an empty file at the
  /// end.
  Result<Place> find_or_make_directory(const std::string& path, std::vector<Stub>* made) const;
  Result<Place> find_or_make_file(const std::string& path, std::vector<Stub>* made) const;
  /// The bytes of a regular file, nothing of any other kind; empty if there is none. `invalid` above `limit`
  /// bytes.
  Result<std::string> read(const std::string& path, uint64_t limit) const;
  /// Removes a stub if it is still as it was made (an empty directory or an empty file, reached through no
  /// symlink), and gives the parent directory its old time back if nothing else has changed it.
  void remove(const Stub& stub) const;

  int fd() const { return root_.get(); }

 private:
  enum class Missing : uint8_t { fail, make_directory, make_file };
  explicit Rooted(UniqueFd root) : root_(std::move(root)) {}
  Result<Place> walk(const std::string& path, Missing missing, std::vector<Stub>* made) const;

  UniqueFd root_;
};

}  // namespace tierbuild::sandbox
