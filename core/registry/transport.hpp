// Transport: one HTTP exchange, real or recorded.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::registry {

struct Response {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case; repeated ones joined with ", "
  std::string body;                            // empty if it went to the sink

  /// The header's value, empty if it was not sent.
  std::string header(const std::string& name) const {
    auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

struct Request {
  std::string method = "GET";
  std::string url;
  std::map<std::string, std::string> headers;
  std::string body;
  /// If >= 0: the body is `body_size` bytes of this file, from `body_offset` after its current position,
  /// which stays.
  int body_fd = -1;
  uint64_t body_size = 0;
  /// Sees status and headers before the first byte of the body; an error stops the exchange.
  std::function<Status(const Response& head)> on_head;
  uint64_t body_offset = 0;
  /// Hears of the bytes of `body_fd` before they are sent; may take its time, which slows the exchange down.
  std::function<void(uint64_t bytes)> on_sent = {};
  std::chrono::seconds stall{0};  // without a byte in either direction; 0: as the transport has it
};

/// Receives the body of a 2xx response piece by piece; an error stops the exchange.
using BodySink = std::function<Status(std::string_view)>;

/// Thread-safe, blocking. Redirects are not followed: the client decides where credentials may go.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Fails with `host_lacks` without the library, with `network` if no HTTP answer came (refused, reset,
  /// stalled, bad TLS), with `cancelled`, with `corrupt` for headers above 256 KiB or a body without a sink
  /// above 8 MiB, or with the error of the sink.
  virtual Result<Response> send(const Request& request, const BodySink& sink = {},
                                std::stop_token stop = {}) = 0;
};

struct CurlOptions {
  std::chrono::seconds stall{30};  // without a byte in either direction
  std::string ca_file;             // PEM; "" = the system's
  /// Where hosts have certificates of their own (certificates.hpp).
  std::vector<std::filesystem::path> certificates = {};
};

/// libcurl, opened by the first exchange: most builds make none. Connections are kept for later exchanges;
/// HTTP/1.1 and 2, system CAs, the usual proxy variables.
std::unique_ptr<Transport> curl_transport(CurlOptions options = {});

/// Makes no exchange: each is a `denied` error that names the URL and --offline.
std::unique_ptr<Transport> offline_transport();

}  // namespace tierbuild::registry
