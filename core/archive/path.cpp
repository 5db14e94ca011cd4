#include "archive/path.hpp"

#include "base/strings.hpp"

namespace tierbuild::archive {

Result<std::string> normal_path(std::string_view path, unsigned depth) {
  std::string normal;
  unsigned count = 0;
  for (std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (count == 0) return Error::make(Code::corrupt, "the path {} leaves the archive", printable(path));
      --count;
      normal.resize(split_path(normal).first.size());
      continue;
    }
    if (++count > depth)
      return Error::make(Code::corrupt, "a path in the archive exceeds the limit `depth` ({})", depth);
    if (!normal.empty()) normal += '/';
    normal += part;
  }
  return normal;
}

}  // namespace tierbuild::archive
