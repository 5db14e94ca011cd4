// Ctrl-C and SIGTERM: the first asks everything to stop, a second one ends the program at once. What comes
// within a quarter of a second is one request: `timeout` signals a process and then its group.
#pragma once

#include <stop_token>
#include <thread>

#include "base/unique_fd.hpp"

namespace tierbuild::cli {

/// At most one at a time. Programs that are started meanwhile get the default handling of both signals.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool requested() const;
  /// For those who cannot ask: a thread waits for them from the first call on.
  std::stop_token token();

 private:
  std::stop_source source_;
  UniqueFd read_, write_;
  std::thread waiter_;
};

}  // namespace tierbuild::cli
