#include "fs/file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <cstdio>

#include "base/scope_guard.hpp"

namespace tierbuild::fs {
namespace {

Result<std::string> read_all(int fd, const stdfs::path& path, uint64_t expected, uint64_t limit) {
  std::string bytes;
  constexpr size_t kStep = 64 * 1024;
  size_t filled = 0;
  bytes.resize(std::min(expected, limit) + 1);
  for (;;) {
    ssize_t got = ::read(fd, bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::os(errno, "cannot read {}", path.string());
    if (got == 0) break;
    filled += static_cast<size_t>(got);
    if (filled > limit) return Error::make(Code::invalid, "{} is larger than {} bytes", path.string(), limit);
    if (filled == bytes.size()) bytes.resize(filled + kStep);
  }
  bytes.resize(filled);
  return bytes;
}

/// A name beside the path that this process has not used yet.
stdfs::path temporary_beside(const stdfs::path& path) {
  static std::atomic<uint64_t> counter = 0;
  return path.parent_path() / fmt::format(".tmp-{}-{}", ::getpid(), counter.fetch_add(1));
}

stdfs::path directory_of(const stdfs::path& path) {
  return path.has_parent_path() ? path.parent_path() : stdfs::path(".");
}

}  // namespace

Result<std::string> read_file(const stdfs::path& path, uint64_t limit) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return Error::os(errno, "cannot open {}", path.string());
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return Error::os(errno, "cannot stat {}", path.string());
  if (!S_ISREG(info.st_mode)) return Error::make(Code::invalid, "{} is not a regular file", path.string());
  auto size = static_cast<uint64_t>(info.st_size);
  if (size > limit) return Error::make(Code::invalid, "{} is larger than {} bytes", path.string(), limit);
  return read_all(fd.get(), path, size, limit);
}

Status write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put >= 0) {
      bytes.remove_prefix(static_cast<size_t>(put));
    } else if (errno == EAGAIN) {
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return Error::os(errno, "cannot write");
    }
  }
  return {};
}

Status write_file(const stdfs::path& path, std::string_view bytes, Sync sync, unsigned mode) {
  stdfs::path temporary;
  UniqueFd fd;
  do {
    temporary = temporary_beside(path);
    fd.reset(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  } while (!fd && errno == EEXIST);
  if (!fd) return Error::os(errno, "cannot create {}", path.string());
  ScopeGuard discard([&] { ::unlink(temporary.c_str()); });
  TB_TRY(write_all(fd.get(), bytes), "while writing {}", path.string());
  if (sync == Sync::yes && ::fsync(fd.get()) != 0) return Error::os(errno, "cannot flush {}", path.string());
  if (::close(fd.release()) != 0) return Error::os(errno, "cannot write {}", path.string());
  TB_TRY(rename_file(temporary, path));
  discard.dismiss();
  if (sync == Sync::yes) TB_TRY(sync_directory(directory_of(path)));
  return {};
}

Status make_directories(const stdfs::path& path, unsigned mode) {
  if (::mkdir(path.c_str(), mode) == 0) return {};
  int reason = errno;
  if (reason == EEXIST) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
    return Error::make(Code::exists, "{} exists and is not a directory", path.string());
  }
  stdfs::path parent = path.parent_path();
  if (reason != ENOENT || parent.empty() || parent == path)
    return Error::os(reason, "cannot create the directory {}", path.string());
  TB_TRY(make_directories(parent, mode));
  if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return {};
  return Error::os(errno, "cannot create the directory {}", path.string());
}

Status rename_file(const stdfs::path& from, const stdfs::path& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  return Error::os(errno, "cannot rename {} to {}", from.string(), to.string());
}

Status sync_directory(const stdfs::path& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return Error::os(errno, "cannot flush the directory {}", path.string());
  return {};
}

}  // namespace tierbuild::fs
