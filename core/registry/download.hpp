// Download: the bytes of one blob, gathered over as many exchanges as it takes and verified.
#pragma once

#include <cstdint>
#include <string_view>

#include "image/manifest.hpp"
#include "registry/transport.hpp"

namespace tierbuild::registry {

/// Each byte reaches the sink once. After a lost connection the next request asks for the rest; a server that
/// sends everything again has the first part skipped.
class Download {
 public:
  Download(const image::Descriptor& blob, const BodySink& sink) : blob_(blob), sink_(sink) {}

  /// Adds the range that is still missing.
  void prepare(Request& request);
  /// The sink for Transport::send.
  Status take(std::string_view bytes);
  uint64_t received() const { return received_; }
  bool complete() const { return received_ == blob_.size; }
  /// Fails with `corrupt` if size or digest differ. To be called once.
  Status finish();
  /// Whether the sink failed or holds wrong bytes, so that no other exchange can help.
  bool over() const { return over_; }

 private:
  Status on_head(const Response& head);

  const image::Descriptor& blob_;
  const BodySink& sink_;
  Sha256 hash_;
  uint64_t received_ = 0;
  uint64_t skip_ = 0;
  bool over_ = false;
};

}  // namespace tierbuild::registry
