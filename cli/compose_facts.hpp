// What a compose file says about the services that a repository builds; for `tierbuild init`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tierbuild::cli {

struct ComposeService {
  std::string name;
  std::string image;                // empty, or without variables
  bool is_built = false;            // it has `build`
  std::string context, dockerfile;  // of `build`, as written
  std::string stage;                // `target`
  std::vector<std::string> ports;   // of the container: "8000", "53/udp"
  std::vector<std::string> command;
};

/// The services in the order of the file; a file that is no compose file has none.
std::vector<ComposeService> read_compose(std::string_view text);

}  // namespace tierbuild::cli
