// A real docker-registry (Debian's package) on a free loopback port, with a temporary directory for its data.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "support/temp.hpp"

namespace tierbuild::test {

class RealRegistry {
 public:
  struct Options {
    std::optional<std::pair<std::string, std::string>> login;  // user and password for Basic authentication
    bool tls = false;                                          // with a certificate that it signed itself
  };

  /// Whether this machine has the programs: docker-registry, htpasswd and openssl.
  static bool available();
  /// Starts one and waits until it answers; fails the test if it does not.
  explicit RealRegistry(Options options);
  RealRegistry() : RealRegistry(Options{}) {}
  RealRegistry(const RealRegistry&) = delete;
  RealRegistry& operator=(const RealRegistry&) = delete;
  ~RealRegistry();

  /// `127.0.0.1:PORT`.
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  /// Where it keeps its blobs, to damage them.
  std::filesystem::path data() const { return dir_ / "data"; }
  void stop();

 private:
  void start(const Options& options);

  Temp dir_;
  int port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace tierbuild::test
