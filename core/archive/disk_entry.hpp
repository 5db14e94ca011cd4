// Private: what lies on disk, as an entry of a layer.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "archive/entry.hpp"
#include "base/result.hpp"

namespace tierbuild::archive {

/// overlayfs's whiteout: a character device 0/0.
inline bool is_whiteout(const struct stat& info) {
  return S_ISCHR(info.st_mode) && info.st_rdev == 0;
}

/// lstat; nothing if there is no such file.
Result<std::optional<struct stat>> stat_path(const std::string& file);

/// A name of a directory, with as much of its type as a walk needs.
struct DiskName {
  enum class Kind : uint8_t { directory, whiteout, socket, other };
  std::string name;
  Kind kind = Kind::other;
};

/// What lies in a directory, unsorted.
Result<std::vector<DiskName>> list_names(const std::string& directory);

/// The entry named `path` for what lies at `file`, with its xattrs and link target. Hard links are plain
/// files here. Fails with `invalid` for a socket.
Result<Entry> read_entry(const std::string& file, std::string path, const struct stat& info);

/// One name of a directory on its way into the order of a layer, which is that of the bytes of whole paths:
/// what lies in `a` comes after `a.txt`, as '/' is greater than '.'.
struct Visit {
  enum class What : uint8_t { entry, content };
  std::string key;
  size_t index;  // of the name
  What what = What::entry;
};

/// The visits for one directory: `add` each name, with a second visit for the content of a directory.
class VisitOrder {
 public:
  void add(std::string_view name, size_t index, bool has_content);
  /// Sorted; the object is empty afterwards.
  std::vector<Visit> take();

 private:
  std::vector<Visit> visits_;
};

}  // namespace tierbuild::archive
