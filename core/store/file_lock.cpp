#include "store/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <thread>

namespace tierbuild::store {
namespace {

constexpr std::chrono::milliseconds kPoll{10};

// True if the descriptor is still what the name leads to: a holder may have unlinked the file meanwhile.
bool still_named(int fd, const std::filesystem::path& file) {
  struct stat mine {
  }, named{};
  return ::fstat(fd, &mine) == 0 && ::stat(file.c_str(), &named) == 0 && mine.st_ino == named.st_ino &&
         mine.st_dev == named.st_dev;
}

Result<UniqueFd> open_lock(const std::filesystem::path& file) {
  UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd) return Error::os(errno, "cannot open the lock file {}", file.string());
  return fd;
}

}  // namespace

int lock_fd(int fd, int operation) {
  while (::flock(fd, operation) != 0)
    if (errno != EINTR) return errno;
  return 0;
}

Result<std::optional<FileLock>> FileLock::try_acquire(const std::filesystem::path& file, Mode mode) {
  for (;;) {
    TB_LET(UniqueFd fd, open_lock(file));
    int failure = lock_fd(fd.get(), (mode == Mode::shared ? LOCK_SH : LOCK_EX) | LOCK_NB);
    if (failure == EWOULDBLOCK) return std::optional<FileLock>();
    if (failure != 0) return Error::os(failure, "cannot lock {}", file.string());
    if (still_named(fd.get(), file)) return std::optional(FileLock(std::move(fd), file));
  }
}

Result<FileLock> FileLock::acquire(const std::filesystem::path& file, Mode mode, std::stop_token stop) {
  while (stop.stop_possible()) {
    if (stop.stop_requested())
      return Error::make(Code::cancelled, "stopped while waiting for {}", file.string());
    TB_LET(auto lock, try_acquire(file, mode));
    if (lock) return std::move(*lock);
    std::this_thread::sleep_for(kPoll);
  }
  for (;;) {
    TB_LET(UniqueFd fd, open_lock(file));
    if (int failure = lock_fd(fd.get(), mode == Mode::shared ? LOCK_SH : LOCK_EX); failure != 0)
      return Error::os(failure, "cannot lock {}", file.string());
    if (still_named(fd.get(), file)) return FileLock(std::move(fd), file);
  }
}

void FileLock::remove_file() {
  ::unlink(file_.c_str());
}

}  // namespace tierbuild::store
