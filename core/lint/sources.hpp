// Sources: the texts that findings point into.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace tierbuild::lint {

/// The text of a file named relative to the workspace root, or nothing.
using ReadText = std::function<std::optional<std::string>(const std::string& file)>;

class Sources {
 public:
  /// `buildfiles` are the Lua files of the workspace, where texts without a known place are looked for.
  Sources(ReadText read, std::vector<std::string> buildfiles)
      : read_(std::move(read)), buildfiles_(std::move(buildfiles)) {}

  /// The lines of a file without their ends; none if it cannot be read.
  const std::vector<std::string>& lines(const std::string& file);
  /// One line, or null.
  const std::string* line(const Location& where);
  /// Where `text` (one line) stands: at or after `from`, else anywhere in its file, else in any Buildfile.
  std::optional<Location> find(const Location& from, std::string_view text);
  /// With the column of the first character of its line if it has none.
  Location settled(Location where);

 private:
  static std::optional<Location> find_in(const std::string& file, const std::vector<std::string>& lines,
                                         size_t first, std::string_view text);

  ReadText read_;
  std::vector<std::string> buildfiles_;
  std::map<std::string, std::vector<std::string>> texts_;
};

}  // namespace tierbuild::lint
