#include "archive/io.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace tierbuild::archive {

Status write_bytes(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error::os(errno, "cannot write");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

Status write_bytes_at(int fd, std::string_view bytes, uint64_t offset) {
  while (!bytes.empty()) {
    ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error::os(errno, "cannot write");
    bytes.remove_prefix(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
  return {};
}

Result<size_t> read_bytes(int fd, char* out, size_t size, const std::stop_token& stop) {
  constexpr int kStepMs = 100;
  bool wait = stop.stop_possible();
  while (true) {
    TB_TRY(check_stop(stop));
    if (wait) {
      pollfd ready{fd, POLLIN, 0};
      int count = ::poll(&ready, 1, kStepMs);
      if (count == 0 || (count < 0 && errno == EINTR)) continue;
    }
    ssize_t n = ::read(fd, out, size);
    if (n >= 0) return static_cast<size_t>(n);
    if (errno == EAGAIN)
      wait = true;
    else if (errno != EINTR)
      return Error::os(errno, "cannot read");
  }
}

Status check_stop(const std::stop_token& stop) {
  if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
  return {};
}

}  // namespace tierbuild::archive
