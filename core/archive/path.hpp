// Private: member paths, which are bytes between slashes.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace tierbuild::archive {

/// Directory and name of a normal path: {"a/b", "c"} of a/b/c, {"", "c"} of c.
inline std::pair<std::string_view, std::string_view> split_path(std::string_view path) {
  size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {{}, path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

inline std::string join_path(std::string_view directory, std::string_view name) {
  std::string path;
  path.reserve(directory.size() + 1 + name.size());
  path.append(directory);
  if (!directory.empty()) path.push_back('/');
  return path.append(name);
}

/// Without leading, trailing, double slashes and dots, `..` taken back. Fails with `corrupt` if it leaves the
/// root, or has more than `depth` components.
Result<std::string> normal_path(std::string_view path, unsigned depth);

}  // namespace tierbuild::archive
