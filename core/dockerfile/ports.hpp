// The ports of EXPOSE.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::dockerfile {

struct ExposedPorts {
  std::vector<std::string> ports;  // "8000/tcp", each of a range
  bool upper_case = false;         // of the protocol
  bool for_host = false;           // an address or a port of the host stands there; neither means anything
};

/// Reads `80`, `80/udp`, `8000-8010`, `127.0.0.1:80:8080/tcp`. Fails with `invalid`.
Result<ExposedPorts> parse_port(std::string_view text);

}  // namespace tierbuild::dockerfile
