#include "cli/interrupt.hpp"

#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "base/check.hpp"
#include "cli/exit_status.hpp"

namespace tierbuild::cli {
namespace {

std::atomic<int> wake_fd{-1};
std::atomic<int64_t> first_signal{0};  // in milliseconds of the monotonic clock

int64_t now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

extern "C" void on_signal(int) {
  constexpr int64_t kSameRequest = 250;
  int saved = errno;
  int64_t first = 0, now = now_ms();
  if (!first_signal.compare_exchange_strong(first, now)) {
    if (now - first > kSameRequest) ::_exit(kInterrupted);
    errno = saved;
    return;
  }
  // A stop source may run callbacks, which a signal handler must not: the waiting thread asks it to stop.
  [[maybe_unused]] ssize_t ignored = ::write(wake_fd.load(), "!", 1);
  errno = saved;
}

}  // namespace

Interrupt::Interrupt() {
  first_signal = 0;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

bool Interrupt::requested() const {
  return first_signal != 0;
}

std::stop_token Interrupt::token() {
  if (waiter_.joinable()) return source_.get_token();
  int fds[2];
  TB_CHECK(::pipe2(fds, O_CLOEXEC) == 0);
  read_.reset(fds[0]);
  write_.reset(fds[1]);
  wake_fd = write_.get();
  if (requested()) source_.request_stop();  // the signal came before it could wake anybody
  waiter_ = std::thread([this] {
    char what = 0;
    ssize_t n = 0;
    do n = ::read(read_.get(), &what, 1);
    while (n < 0 && errno == EINTR);
    if (n == 1 && what == '!') source_.request_stop();
  });
  return source_.get_token();
}

Interrupt::~Interrupt() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  ::sigaction(SIGINT, &standard, nullptr);
  ::sigaction(SIGTERM, &standard, nullptr);
  if (!waiter_.joinable()) return;
  wake_fd = -1;
  [[maybe_unused]] ssize_t ignored = ::write(write_.get(), ".", 1);
  waiter_.join();
}

}  // namespace tierbuild::cli
