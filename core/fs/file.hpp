// Whole files, directories and temporary directories, with errors that name the path.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace tierbuild::fs {

namespace stdfs = std::filesystem;

enum class Sync { no, yes };

/// The bytes of a regular file. Fails with `not_found`, `denied`, `io`, or `invalid` above `limit` bytes.
Result<std::string> read_file(const stdfs::path& path, uint64_t limit = UINT64_MAX);
/// Replaces the file as a whole: temporary file beside it, then rename; with Sync::yes both are flushed.
Status write_file(const stdfs::path& path, std::string_view bytes, Sync sync = Sync::no,
                  unsigned mode = 0644);
/// Writes all bytes to a descriptor.
Status write_all(int fd, std::string_view bytes);
Status make_directories(const stdfs::path& path, unsigned mode = 0755);
/// Removes a file or a whole tree, also directories without write permission; a missing one is success. Never
/// follows a symlink and never leaves the file system that `path` is on.
Status remove_tree(const stdfs::path& path);
Status rename_file(const stdfs::path& from, const stdfs::path& to);
/// Flushes a directory's entries.
Status sync_directory(const stdfs::path& path);
/// The bytes that a tree occupies on disk (hard links counted once).
Result<uint64_t> disk_usage(const stdfs::path& path);

/// A new directory that is removed with all it holds when the object ends.
class TempDir {
 public:
  /// Makes `parent/prefix-XXXXXX`, mode 0700.
  static Result<TempDir> make(const stdfs::path& parent, std::string_view prefix);
  TempDir(TempDir&& other) noexcept;
  TempDir& operator=(TempDir&& other) noexcept;
  ~TempDir();
  const stdfs::path& path() const { return path_; }
  /// Gives up ownership: the directory stays.
  stdfs::path release();

 private:
  explicit TempDir(stdfs::path path) : path_(std::move(path)) {}
  stdfs::path path_;
};

}  // namespace tierbuild::fs
