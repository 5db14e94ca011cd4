// Differences of texts: shell scripts and files of packages by line, and within a line by word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "graph/change.hpp"
#include "graph/graph.hpp"

namespace tierbuild::graph {

/// Places of lines as one text, and back.
std::string written(const std::vector<LineOrigin>& lines);
std::vector<LineOrigin> parse_origins(std::string_view text);

/// Appends the lines that differ. Of a line that installs packages, the packages that differ. Lines that only
/// name the script for people (`: pip install x`) go to `titles`.
void script_changes(std::string_view before, std::string_view now, std::vector<Change>& changes,
                    std::vector<Change>& titles);

struct TextSide {
  std::string_view text;
  std::string_view lines;  // as `written` gives it; empty: the text stands in the Buildfile itself
};
/// Appends the lines that differ: of a list of requirements by package, with the place of each.
void text_changes(const std::string& name, const TextSide& before, const TextSide& now,
                  std::vector<Change>& changes);

}  // namespace tierbuild::graph
