// A file of the network by its URL: a plain GET without credentials.
#pragma once

#include <string>

#include "hash/digest.hpp"
#include "registry/transport.hpp"

namespace tierbuild::registry {

struct Got {
  Digest digest;
  uint64_t size = 0;
};

/// Streams the file to the sink, following up to five redirects, but never from https to http. `network` if
/// the last answer is not a 2xx.
Result<Got> plain_get(Transport& transport, const std::string& url, const BodySink& sink,
                      std::stop_token stop = {});

}  // namespace tierbuild::registry
