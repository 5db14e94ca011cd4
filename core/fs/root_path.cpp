#include "fs/root_path.hpp"

namespace tierbuild::fs {

std::string lexical_path(std::string_view path) {
  std::vector<std::string> parts;
  for (std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..")
      parts.emplace_back(part);
    else if (!parts.empty())
      parts.pop_back();
  }
  return join(parts, "/");
}

}  // namespace tierbuild::fs
