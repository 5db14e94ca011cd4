// Transport: one HTTP exchange, real or recorded.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tierbuild::registry {

struct Request {
  std::string method = "GET";
  std::string url;
  std::map<std::string, std::string> headers;
  std::string body;
  int body_fd = -1;  // if >= 0: the body is `body_size` bytes of this file from its current position
  uint64_t body_size = 0;
};

struct Response {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // empty if it went to the sink
};

/// Receives the body of a 2xx response piece by piece; an error stops the exchange.
using BodySink = std::function<Status(std::string_view)>;

/// Thread-safe, blocking. Redirects are not followed: the client decides where credentials may go.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Fails with `network` if no HTTP answer came (refused, reset, stalled for 30 s, bad TLS), with
  /// `cancelled`. Bodies without a sink are limited to 8 MiB.
  virtual Result<Response> send(const Request& request, const BodySink& sink = {},
                                std::stop_token stop = {}) = 0;
};

/// libcurl; one connection cache, HTTP/1.1 and 2, system CAs.
std::unique_ptr<Transport> curl_transport();

}  // namespace tierbuild::registry
