// Paths whose symlinks lead nowhere out of a root: text, for trees that are on disk and for others.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/strings.hpp"

namespace tierbuild::fs {

/// `/a//b/./c/` as `a/b/c`; `..` is taken lexically and never leads above the root.
std::string lexical_path(std::string_view path);

/// The directory of a path without a '/' at its end; empty for one in the root.
inline std::string_view parent_path(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

/// Whether the path is that directory, or lies in it; the root is empty.
inline bool is_at_or_below(std::string_view path, std::string_view directory) {
  return directory.empty() ||
         (path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/'));
}

inline std::string_view last_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// The path without symlinks, relative to the root: each is followed, the last one too, and an absolute one
/// begins at the root. What does not exist stays as it is written. `link_at` gives the target of a path that
/// is a symlink, and nothing for others: Result<std::optional<std::string>>(const std::string&). Fails with
/// `invalid` if there is no end of them, or as `link_at` does.
template <class LinkAt>
Result<std::string> root_path(std::string_view path, LinkAt link_at) {
  constexpr int kMostLinks = 255;
  std::deque<std::string> ahead;
  auto push = [&](std::string_view text) {
    std::vector<std::string_view> parts = split(text, '/');
    for (auto part = parts.rbegin(); part != parts.rend(); ++part)
      if (!part->empty() && *part != ".") ahead.emplace_front(*part);
  };
  push(path);
  std::string done;
  for (int links = 0; !ahead.empty();) {
    std::string name = std::move(ahead.front());
    ahead.pop_front();
    if (name == "..") {
      done.resize(parent_path(done).size());
      continue;
    }
    std::string next = done.empty() ? std::move(name) : done + "/" + name;
    TB_LET(std::optional<std::string> target, link_at(next));
    if (!target) {
      done = std::move(next);
      continue;
    }
    if (++links > kMostLinks) return Error::make(Code::invalid, "too many symlinks on the way to '{}'", path);
    if (target->starts_with('/')) done.clear();
    push(*target);
  }
  return done;
}

}  // namespace tierbuild::fs
