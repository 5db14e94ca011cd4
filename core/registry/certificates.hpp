// Certificates of single hosts, in the `certs.d` layout of docker and containers.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "registry/url.hpp"

namespace tierbuild::registry {

/// $TIERBUILD_CERTS, then `certs.d` of ~/.config/containers, ~/.config/docker, /etc/containers, /etc/docker.
std::vector<std::filesystem::path> certificate_directories(const Environment& environment);

/// The first `<directory>/<host>` that exists, for a `host` or `host:port` as references have it; else empty.
std::filesystem::path certificates_of(const std::vector<std::filesystem::path>& directories,
                                      const std::string& host);

/// What one host is believed and shown.
struct HostTrust {
  std::string authorities;                 // PEM: the system's CAs and each `*.crt` of the host
  std::filesystem::path certificate, key;  // the first pair of `*.cert` and `*.key`; both or none
};

/// Thread-safe; a host's files are read once. They count for this host and port alone, so that neither a
/// token server nor the target of a redirect sees a certificate that is meant for the registry.
class TrustStore {
 public:
  /// `ca_file` replaces the system's CAs; "" = those that libcurl was built with.
  TrustStore(std::vector<std::filesystem::path> directories, std::string ca_file)
      : directories_(std::move(directories)), ca_file_(std::move(ca_file)) {}

  /// Nothing for a host without files. Fails with `invalid` for a certificate without its key.
  Result<std::shared_ptr<const HostTrust>> of(const Url& url);

 private:
  Result<std::shared_ptr<const HostTrust>> read(const std::filesystem::path& directory) const;

  std::vector<std::filesystem::path> directories_;
  std::string ca_file_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const HostTrust>> known_;  // by authority
};

}  // namespace tierbuild::registry
