#include "base/clock.hpp"

#include <chrono>
#include <cstdlib>

namespace tierbuild {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

class SystemClock final : public Clock {
 public:
  int64_t now() const override {
    return duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
  int64_t monotonic() const override {
    return duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
};

class ProcessEnvironment final : public Environment {
 public:
  std::optional<std::string> get(const std::string& name) const override {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  }
};

}  // namespace

const Clock& Clock::system() {
  static const SystemClock clock;
  return clock;
}

const Environment& Environment::process() {
  static const ProcessEnvironment environment;
  return environment;
}

}  // namespace tierbuild
