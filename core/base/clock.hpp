// The clock and the environment as interfaces, so that tests hold the time and the variables still.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tierbuild {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Milliseconds since 1970, UTC.
  virtual int64_t now() const = 0;
  /// Milliseconds of a clock that never runs backward, for durations.
  virtual int64_t monotonic() const = 0;
  /// The clock of the machine.
  static const Clock& system();
};

class FakeClock final : public Clock {
 public:
  int64_t time = 1'700'000'000'000;
  int64_t now() const override { return time; }
  int64_t monotonic() const override { return time; }
};

class Environment {
 public:
  virtual ~Environment() = default;
  /// The variable's value; nothing if it is unset. An empty value is a value.
  virtual std::optional<std::string> get(const std::string& name) const = 0;
  /// The variables of this process.
  static const Environment& process();
};

class FakeEnvironment final : public Environment {
 public:
  std::map<std::string, std::string> variables;
  std::optional<std::string> get(const std::string& name) const override {
    auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  }
};

}  // namespace tierbuild
