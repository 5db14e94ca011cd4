// FileLock: a flock on a file of its own; it ends with its holder, however that ends.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace tierbuild::store {

class FileLock {
 public:
  enum class Mode { shared, exclusive };

  /// Waits for the lock; the file is made if it is missing. Fails with `cancelled`, `io`, `no_space`.
  static Result<FileLock> acquire(const std::filesystem::path& file, Mode mode, std::stop_token stop = {});
  /// The lock if it is free now.
  static Result<std::optional<FileLock>> try_acquire(const std::filesystem::path& file, Mode mode);

  int fd() const { return fd_.get(); }
  const std::filesystem::path& file() const { return file_; }
  /// Unlinks the lock's file; waiters notice and lock its successor.
  void remove_file();

 private:
  FileLock(UniqueFd fd, std::filesystem::path file) : fd_(std::move(fd)), file_(std::move(file)) {}
  UniqueFd fd_;
  std::filesystem::path file_;
};

/// flock(2), restarted when a signal interrupts it; the errno, or 0.
int lock_fd(int fd, int operation);

}  // namespace tierbuild::store
