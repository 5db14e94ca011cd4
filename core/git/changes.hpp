// What differs between a commit and the work tree, path by path.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "git/object.hpp"

namespace tierbuild::git {

/// Directories are there only if they exist on one side alone. A file that became a directory is two changes.
struct Change {
  std::string path;  // relative to the top of the repository
  Entry before, now;
  bool untracked = false;  // it is not in the index; then `now.id` is empty

  bool is_directory() const { return before.mode == Mode::directory || now.mode == Mode::directory; }
};

struct ChangesOptions {
  /// Whether a directory of the work tree matters; see WorkOptions.
  std::function<bool(std::string_view directory)> enters = [](std::string_view) { return true; };
  unsigned threads = 0;
};

}  // namespace tierbuild::git
