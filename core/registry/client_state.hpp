// What the parts of the client share.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "registry/client.hpp"
#include "registry/refusal.hpp"
#include "registry/wire.hpp"

namespace tierbuild::registry {

/// Where a registry has a blob, as far as this client has seen to it itself.
struct BlobPlace {
  std::mutex sending;      // held while one sends it
  std::string repository;  // "" while it is nowhere
};

struct Client::State {
  State(Transport& transport, Credentials& credentials, ClientOptions given)
      : options(std::move(given)), wire(transport, credentials, options) {}

  BlobPlace& place(const std::string& host, const Digest& digest) {
    std::scoped_lock hold(mutex);
    auto& slot = places[{host, digest}];
    if (!slot) slot = std::make_unique<BlobPlace>();
    return *slot;
  }

  ClientOptions options;
  Wire wire;
  std::mutex mutex;
  std::map<std::pair<std::string, Digest>, std::unique_ptr<BlobPlace>> places;
};

inline std::string cannot_pull(const image::Reference& reference, const Source& from) {
  return fmt::format("cannot pull {} from {}", reference.familiar(), from.host);
}

inline std::string cannot_push(const image::Reference& reference, const Source& to) {
  return fmt::format("cannot push {} to {}", reference.familiar(), to.host);
}

inline bool is_ok(const Response& response) {
  return response.status / 100 == 2;
}

/// Fails with `corrupt` if the registry says that it has stored something else.
Status check_stored(const Response& response, const Digest& digest);

/// The digest that the registry says the content has; an empty one if it says nothing. Fails with `corrupt`.
Result<Digest> stated_digest(const Response& response);

}  // namespace tierbuild::registry
