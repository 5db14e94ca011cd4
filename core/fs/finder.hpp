// Finder: what globs match below a directory. Each directory is read once, however many globs enter it.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "fs/directory.hpp"
#include "fs/glob.hpp"
#include "fs/scan.hpp"

namespace tierbuild::fs {

class Finder {
 public:
  /// `root` is an absolute directory.
  explicit Finder(std::string root) : root_(std::move(root)) {}

  struct Found {
    std::vector<std::string> paths;     // files, directories and symlinks, sorted by their bytes
    std::vector<uint32_t> directories;  // what was looked at, by index into visited()
  };
  /// What a glob matches. Symlinks are matched but never followed, and `.git` is never there. Fails with
  /// `invalid` for a match that is neither file, directory nor symlink, and for a directory that cannot be
  /// read.
  Result<Found> find(const Glob& glob);

  /// Every directory that was looked at, as it was before; all zero where that would prove nothing. While
  /// those of a glob stay as they are, it matches the same.
  const std::vector<VisitedDirectory>& visited() const { return visited_; }

 private:
  struct Directory;
  struct Entry {
    std::string name;
    std::optional<FileType> type;  // nothing: a socket, fifo or device
    Directory* below = nullptr;    // once it was entered
  };
  struct Directory {
    uint32_t number = 0;  // in `visited_`
    bool is_listed = false;
    std::vector<Entry> entries{};
  };
  enum class Want : uint8_t { stat, entries };

  Result<UniqueFd> open(const std::string& path);
  Result<Directory*> directory_at(const std::string& path, Want want);
  Status list(int fd, Directory& directory);
  Status look_up(Found& found) const;
  Status walk(Directory& directory, const Glob& glob, Found& found);
  Status take(std::optional<FileType> type, Found& found) const;
  std::string shown() const { return root_ + "/" + path_; }

  std::string root_;
  UniqueFd root_fd_;
  DirectoryReader reader_;
  std::unordered_map<std::string, Directory> directories_;
  std::vector<VisitedDirectory> visited_;
  std::string path_;  // what is looked at, relative to the root
};

}  // namespace tierbuild::fs
