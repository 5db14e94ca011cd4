// How registries are spoken to: mirrors, plain HTTP, patience, limits.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "registry/host_gate.hpp"
#include "registry/retry.hpp"

namespace tierbuild::registry {

struct ClientOptions {
  /// `docker.io` → `harbor.example/proxy`: pulls of a registry go to its mirrors first, in order, then to
  /// itself. A key may be longer, `docker.io/library`: the longest that fits a name counts, and the mirror
  /// stands for it. `http://` before a mirror says that it speaks plain HTTP, `https://` that it does not.
  std::map<std::string, std::vector<std::string>> mirrors;
  /// Hosts (`host` for all ports, or `host:port`) that speak plain HTTP besides loopback ones.
  std::vector<std::string> insecure;
  unsigned retries = 3;     // for 429, 5xx and lost connections, with back-off and Retry-After
  Sleep sleep = sleep_for;  // how the pauses pass
  /// A loopback host that has a directory here speaks TLS.
  std::vector<std::filesystem::path> certificates = {};
  std::map<std::string, HostLimits> limits = {};  // by host, or `host:port`
};

/// How a blob is sent.
struct PushOptions {
  PushOptions() = default;
  PushOptions(std::string from) : mount_from(std::move(from)) {}
  PushOptions(const char* from) : mount_from(from) {}

  std::string mount_from;  // a repository of the same registry that may hold it
  /// Hears how many of its bytes have been sent so far, from the thread that sends; less than before if some
  /// had to be sent again.
  std::function<void(uint64_t bytes)> on_progress;
};

}  // namespace tierbuild::registry
