// Where a Buildfile declares what changed: file, line and column, and the rule or default that it came
// through.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bindings/explain.hpp"
#include "graph/change.hpp"
#include "graph/graph.hpp"
#include "project/project.hpp"

namespace tierbuild::cli {

struct Declared {
  Location where;
  std::string through;  // "rule 'worker'", "defaults", "tier 'base'"; empty: the target's own table
  Location used;        // of a rule: where it is used

  /// `build/rules.lua:7:17, rule 'py' used at services/api/Buildfile.lua:2:1`.
  std::string str() const;
  bool operator==(const Declared&) const = default;
};

class DeclaredPlaces {
 public:
  DeclaredPlaces(const project::Project& project, const std::vector<bindings::Explanation>& all)
      : project_(project), all_(all) {}

  /// Of one change of a step: its element or line if that can be told, else the step.
  Declared of(const graph::OwnStep& step, const graph::Change& change);
  /// Of one change of a target's image: its field.
  Declared of(const graph::Target& target, const graph::Change& change);

 private:
  using Settings = std::vector<bindings::Setting>;
  const Settings& settings(const std::string& target);
  const std::string& text_of(const std::string& file);
  Location locked(const std::string& text);
  Location line_with(const std::string& text, const Location& from);

  const project::Project& project_;
  const std::vector<bindings::Explanation>& all_;
  std::map<std::string, Settings> settings_;
  std::map<std::string, std::string> texts_;
};

}  // namespace tierbuild::cli
