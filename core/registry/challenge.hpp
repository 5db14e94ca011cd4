// WWW-Authenticate: what a server wants to see before it answers (RFC 9110, section 11.6.1).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tierbuild::registry {

struct Challenge {
  std::string scheme;                         // lower case: `basic`, `bearer`
  std::map<std::string, std::string> params;  // names in lower case, values unquoted

  /// The parameter's value, empty if it is missing.
  std::string param(const std::string& name) const {
    auto found = params.find(name);
    return found == params.end() ? std::string() : found->second;
  }
};

/// All challenges of a header, in order; of a malformed header those before the fault.
std::vector<Challenge> parse_challenges(std::string_view header);

}  // namespace tierbuild::registry
