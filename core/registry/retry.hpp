// Retry: whether and when to try an exchange again.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "registry/transport.hpp"

namespace tierbuild::registry {

/// Waits some milliseconds, or shorter if told to stop.
using Sleep = std::function<void(int64_t milliseconds, std::stop_token stop)>;
void sleep_for(int64_t milliseconds, std::stop_token stop);

/// Milliseconds of a Retry-After header (seconds or a date, at most 60 s); 0 if there is none that makes
/// sense.
int64_t retry_after(const Response& response, int64_t now);

/// Exponential back-off with jitter from 250 ms on. `for (Retry retry(…);;) { …; if (!retry.again(answer))
/// break; }`
class Retry {
 public:
  Retry(unsigned retries, const Sleep& sleep, std::stop_token stop)
      : retries_(retries), left_(retries), sleep_(sleep), stop_(std::move(stop)) {}

  /// Waits and returns true if the answer may be better next time: 408, 429, 5xx (but 501), a `network`
  /// error.
  bool again(const Result<Response>& answer);
  /// The work has gone forward: what failed before does not count any more.
  void renew() {
    left_ = retries_;
    delay_ = kFirst;
  }

 private:
  static constexpr int64_t kFirst = 250;

  unsigned retries_, left_;
  const Sleep& sleep_;
  std::stop_token stop_;
  int64_t delay_ = kFirst;
};

}  // namespace tierbuild::registry
