// One page of a repository's tags.
#pragma once

#include <string>
#include <vector>

#include "registry/transport.hpp"
#include "registry/url.hpp"

namespace tierbuild::registry {

struct TagPage {
  std::vector<std::string> tags;
  std::string next;  // the URL of the next page; empty on the last one
};

/// The URL of the page after the one that answered to `url`; empty after the last. A page outside of the
/// registry is `corrupt`.
Result<std::string> next_page(const Url& registry, const std::string& url, const Response& response);

/// Reads the answer to `url`. Fails with `corrupt` for anything but a list of well-formed tags, and for a
/// next page outside of the registry.
Result<TagPage> read_tag_page(const Url& registry, const std::string& url, const Response& response);

}  // namespace tierbuild::registry
