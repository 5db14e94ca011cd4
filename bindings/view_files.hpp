// ViewFiles: where a view finds files: on disk, or in a commit.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bindings/faults.hpp"
#include "fs/glob.hpp"
#include "fs/scan.hpp"
#include "git/snapshot.hpp"

namespace tierbuild::bindings {

using git::LastLink;

/// Paths are relative to the root, `.` for the root itself. No path leads outside, not even through a
/// symlink: then everything fails with the fault `outside`.
class ViewFiles {
 public:
  virtual ~ViewFiles() = default;
  /// Moves the root to this absolute directory; before the first look.
  virtual void set_root(const std::string& root) = 0;

  struct Content {
    std::string bytes;
    fs::FileStat stat{};  // all zero where there is none
  };
  /// A regular file of at most `limit` bytes.
  virtual Result<Content> read(const std::string& path, size_t limit) = 0;
  /// What is there, all zero where nothing but that is known; nothing if there is nothing.
  virtual Result<std::optional<fs::FileStat>> look_up(const std::string& path, LastLink link) = 0;
  /// What a glob matches, sorted. `directories` gets what it depends on, by index into visited().
  virtual Result<std::vector<std::string>> find(const fs::Glob& glob, std::vector<uint32_t>& directories) = 0;
  /// The directories that find() looked at, as they were before; stats that prove nothing are all zero.
  virtual std::vector<fs::VisitedDirectory> visited() const = 0;
  /// What a directory holds; nothing if it cannot be read.
  virtual std::vector<std::string> names(const std::string& directory) = 0;
  /// Whether another look will always see the same.
  virtual bool is_fixed() const = 0;
};

std::unique_ptr<ViewFiles> files_on_disk(const std::string& root);
/// The files of a commit with this tree. The repository must outlive them.
std::unique_ptr<ViewFiles> files_of_commit(const git::Repository& repository, const git::ObjectId& tree,
                                           const std::string& root);

Error outside(const std::string& path);
Error no_file(const std::string& path);
Error too_large(const std::string& path);

}  // namespace tierbuild::bindings
