// URLs of registries, token servers and redirect targets; http and https only.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::registry {

struct Url {
  std::string text;  // without a fragment
  std::string scheme;
  std::string host;    // lower case, without port; IPv6 in brackets
  std::string origin;  // scheme://host:port, the port always given

  bool secure() const { return scheme == "https"; }
  /// `host:port`, the port always given.
  std::string authority() const { return origin.substr(scheme.size() + 3); }
};

/// Fails with `invalid` for other schemes, user names in the URL and anything malformed.
Result<Url> parse_url(const std::string& text);
/// The URL that `location` means on a page at `base`; `invalid` as above, and if it is empty.
Result<Url> resolve_url(const Url& base, const std::string& location);

using Pairs = std::vector<std::pair<std::string, std::string>>;
/// `name=value&…`, percent-encoded.
std::string form(const Pairs& pairs);
/// The URL with these pairs added to its query.
std::string with_query(const Url& url, const Pairs& pairs);

/// `host` of `host:port`.
std::string_view without_port(std::string_view host);
/// Whether `host` or `host:port` is localhost, 127/8 or ::1, by its spelling alone.
bool is_loopback(std::string_view host);

}  // namespace tierbuild::registry
