// What the parts of the client share.
#pragma once

#include "registry/client.hpp"
#include "registry/refusal.hpp"
#include "registry/wire.hpp"

namespace tierbuild::registry {

struct Client::State {
  State(Transport& transport, Credentials& credentials, ClientOptions given)
      : options(std::move(given)), wire(transport, credentials, options) {}

  ClientOptions options;
  Wire wire;
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

/// The digest that the registry says the content has; an empty one if it says nothing. Fails with `corrupt`.
Result<Digest> stated_digest(const Response& response);

}  // namespace tierbuild::registry
