// HostGate: how many exchanges a host gets at once, and how fast their bytes may pass.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "registry/retry.hpp"

namespace tierbuild::registry {

struct HostLimits {
  unsigned connections = 8;  // at once
  uint64_t bandwidth = 0;    // bytes a second in both directions together; 0 = all there is
  /// Without a byte, until an exchange is given up; 0 = as the transport has it.
  std::chrono::seconds stall{0};
  /// Larger blobs are sent in pieces of this size, so that a lost connection costs one of them at most.
  uint64_t chunk = 16 << 20;
};

/// Thread-safe.
class HostGate {
 public:
  HostGate(HostLimits limits, const Sleep& sleep, const Clock& clock = Clock::system())
      : limits_(limits), sleep_(sleep), clock_(clock) {}

  const HostLimits& limits() const { return limits_; }

  /// A place at the host for as long as it lives.
  class Pass {
   public:
    explicit Pass(HostGate* gate) : gate_(gate) {}
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->leave();
    }

   private:
    HostGate* gate_;
  };
  /// Waits for a place. Fails with `cancelled`.
  Result<Pass> enter(std::stop_token stop);
  /// Waits until so many bytes may have passed.
  void spend(uint64_t bytes, std::stop_token stop);

 private:
  void leave();

  const HostLimits limits_;
  const Sleep& sleep_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable_any free_;
  unsigned inside_ = 0;
  double busy_until_ = 0;  // monotonic milliseconds at which the bytes so far have passed
};

/// The gate of each host; thread-safe.
class HostGates {
 public:
  HostGates(const std::map<std::string, HostLimits>& limits, const Sleep& sleep)
      : limits_(limits), sleep_(sleep) {}

  /// `authority` is `host:port`.
  HostGate& of(const std::string& authority);

 private:
  const std::map<std::string, HostLimits>& limits_;
  const Sleep& sleep_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<HostGate>> gates_;
};

}  // namespace tierbuild::registry
