// Findings: what a rule objects to, where, why, and how it can be mended.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace tierbuild::lint {

enum class Level : uint8_t { off, warn, error };
std::string_view name_of(Level level);
/// Nothing if it is no level.
std::optional<Level> level_of(std::string_view name);

/// An exact change of one line of a file: `before` becomes `after`, or the whole line, which is `before`,
/// goes.
struct Edit {
  std::string file;  // relative to the workspace root
  int line = 0;
  int column = 1;      // of `before`
  std::string before;  // what stands there; anything else means that the file has changed
  std::string after;
  bool drop_line = false;
  bool operator==(const Edit&) const = default;
};

struct Finding {
  std::string rule;
  Level level = Level::warn;
  std::string message;
  Location where;
  std::string help;               // what to do
  std::set<std::string> targets;  // "service:api": whose image it is about; several share one finding
  std::optional<Edit> fix;        // only if it is certain
  std::string allowed;            // the reason of the comment that allows it; empty: none does
};

/// By file, line, column and rule.
void sort_by_place(std::vector<Finding>& findings);

/// What a rule could not check, and why.
struct Note {
  std::string rule;
  std::string message;
  std::set<std::string> targets;
  Location where;
};

struct Outcome {
  std::vector<Finding> findings;  // by place; those that a comment allows are last
  std::vector<Note> notes;

  /// How many findings of a level no comment allows.
  size_t count(Level level) const;
};

}  // namespace tierbuild::lint
