// From the kernel's stat to the project's.
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "fs/scan.hpp"

namespace tierbuild::fs {

/// Nanoseconds since 1970; times beyond the years 1677 to 2262 are cut to these.
inline int64_t nanoseconds(const timespec& time) {
  constexpr int64_t kSecond = 1'000'000'000;
  return std::clamp<int64_t>(time.tv_sec, INT64_MIN / kSecond + 1, INT64_MAX / kSecond - 1) * kSecond +
         time.tv_nsec;
}

inline FileStat file_stat(const struct stat& info) {
  return {.device = info.st_dev,
          .inode = info.st_ino,
          .size = static_cast<uint64_t>(info.st_size),
          .mtime_ns = nanoseconds(info.st_mtim),
          .ctime_ns = nanoseconds(info.st_ctim),
          .mode = info.st_mode};
}

/// The target of a symlink in an open directory; with an empty name, of the opened symlink itself.
Result<std::string> read_link(int directory, const char* name);

/// Nothing for sockets, fifos and devices.
inline std::optional<FileType> file_type(mode_t mode) {
  if (S_ISREG(mode)) return FileType::file;
  if (S_ISDIR(mode)) return FileType::directory;
  if (S_ISLNK(mode)) return FileType::symlink;
  return std::nullopt;
}

}  // namespace tierbuild::fs
