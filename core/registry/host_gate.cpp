#include "registry/host_gate.hpp"

#include "registry/url.hpp"

namespace tierbuild::registry {

Result<HostGate::Pass> HostGate::enter(std::stop_token stop) {
  std::unique_lock hold(mutex_);
  const bool entered = free_.wait(
      hold, std::move(stop), [this] { return limits_.connections == 0 || inside_ < limits_.connections; });
  if (!entered) return Error::make(Code::cancelled, "stopped");
  ++inside_;
  return Pass(this);
}

void HostGate::leave() {
  std::scoped_lock hold(mutex_);
  --inside_;
  free_.notify_one();
}

void HostGate::spend(uint64_t bytes, std::stop_token stop) {
  if (limits_.bandwidth == 0) return;
  int64_t pause = 0;
  {
    std::scoped_lock hold(mutex_);
    const auto now = static_cast<double>(clock_.monotonic());
    busy_until_ = std::max(busy_until_, now) +
                  static_cast<double>(bytes) * 1000 / static_cast<double>(limits_.bandwidth);
    pause = static_cast<int64_t>(busy_until_ - now);
  }
  if (pause > 0) sleep_(pause, std::move(stop));
}

HostGate& HostGates::of(const std::string& authority) {
  std::scoped_lock hold(mutex_);
  auto& gate = gates_[authority];
  if (!gate) {
    auto found = limits_.find(authority);
    if (found == limits_.end()) found = limits_.find(std::string(without_port(authority)));
    gate = std::make_unique<HostGate>(found == limits_.end() ? HostLimits{} : found->second, sleep_);
  }
  return *gate;
}

}  // namespace tierbuild::registry
