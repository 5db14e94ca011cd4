// Upload: one blob on its way to a registry, in pieces that survive lost connections.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "image/manifest.hpp"
#include "registry/client.hpp"
#include "registry/wire.hpp"

namespace tierbuild::registry {

struct UploadSession {
  Url at;
  uint64_t offset = 0;  // bytes that the registry has
};

/// An attempt goes on where the last one broke, as far as the registry still has what it got. A blob that is
/// not larger than a chunk goes in one PUT, others as PATCHes of one chunk each and a PUT without a body,
/// which is what every registry takes that the specification allows.
class Upload {
 public:
  /// `fd` stays at its position, which is the blob's first byte.
  Upload(Wire& wire, const Source& to, const image::Descriptor& blob, int fd, uint64_t chunk,
         PushOptions options)
      : wire_(wire), to_(to), blob_(blob), fd_(fd), chunk_(chunk), options_(std::move(options)) {}

  /// Whether bytes were sent.
  bool sent() const { return sent_; }
  /// Whether the registry has taken more than after the last time that this was asked.
  bool moved() { return std::exchange(moved_, false); }

  /// 2xx once the registry has the blob; everything else is why it does not.
  Result<Response> attempt(const std::stop_token& stop);

 private:
  Result<Response> open(const std::stop_token& stop);
  Result<Response> send(const std::stop_token& stop);
  Result<Response> send_chunk(const std::stop_token& stop);
  Result<Response> finish(const std::stop_token& stop);
  Status ask_offset(const std::stop_token& stop);
  Status follow(const Response& response);
  Request carry(std::string method, std::string url, uint64_t size);

  Wire& wire_;
  const Source& to_;
  const image::Descriptor& blob_;
  const int fd_;
  uint64_t chunk_, least_chunk_ = 0;  // ours, and what the registry asks for
  PushOptions options_;
  std::optional<UploadSession> session_;
  bool in_doubt_ = false;  // the last exchange of the session broke
  bool resumed_ = false;   // the session goes on from an offset that the registry named
  bool sent_ = false, moved_ = false;
};

}  // namespace tierbuild::registry
