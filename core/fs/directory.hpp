// Directories by descriptor: reading one, and walking a tree of any depth.
#pragma once

#include <dirent.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace tierbuild::fs {

/// Reads a freshly opened directory; one buffer serves many.
class DirectoryReader {
 public:
  /// Calls `visit(const char* name, unsigned char d_type)` for all but `.` and `..`. Returns 0 or an errno.
  template <class Visit>
  int read(int fd, Visit visit) {
    for (;;) {
      ssize_t size = ::getdents64(fd, buffer_.data(), buffer_.size());
      if (size <= 0) return size == 0 ? 0 : errno;
      for (ssize_t at = 0; at < size;) {
        const auto* entry = reinterpret_cast<const dirent64*>(buffer_.data() + at);
        if (!is_dots(entry->d_name)) visit(static_cast<const char*>(entry->d_name), entry->d_type);
        at += entry->d_reclen;
      }
    }
  }

 private:
  static bool is_dots(const char* name) {
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
  }
  std::vector<char> buffer_ = std::vector<char>(64 * 1024);
};

/// The way from the top of a tree to the directory at hand. Only the nearest levels are held open; one
/// further up is opened again through `..` and must be the directory that it was.
class DirectoryStack {
 public:
  void enter(UniqueFd directory);
  /// Leaves the innermost directory. Fails with `failed` if its parent was moved meanwhile.
  Status leave();
  int fd() const { return levels_.back().fd.get(); }
  bool empty() const { return levels_.empty(); }

 private:
  static constexpr size_t kHeldOpen = 32;
  struct Level {
    UniqueFd fd;
    dev_t device = 0;  // known once it was closed
    ino_t inode = 0;
  };
  std::vector<Level> levels_;
};

/// Opens a directory for reading without following a symlink. On failure the descriptor is empty and errno is
/// set.
UniqueFd open_directory_at(int parent, const char* name);
/// Opens what has this path below `root`, with no symlink followed. On
/// failure the descriptor is empty and errno is set.
UniqueFd open_below(int root, const char* path, int flags);

}  // namespace tierbuild::fs
