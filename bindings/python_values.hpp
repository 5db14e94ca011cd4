// What a Buildfile says about Python packages: lists of requirements, and wheels of its own code.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bindings/session.hpp"
#include "python/requirements_file.hpp"
#include "python/subtract.hpp"

namespace tierbuild::bindings {

/// How packages are found and chosen.
struct PipSettings {
  python::InstallOptions options;
  std::vector<project::ImagePtr> wheelhouses;  // images whose root holds wheels
  std::vector<python::Requirement> constraints;
  bool no_deps = false;
};

/// `python.requirements(…)`: entries are sorted, each once.
struct Requirements : PipSettings {
  std::vector<python::Requirement> entries;
  std::vector<Value> taken;  // lists and bases whose packages are subtracted when they are known
  OriginPtr origin;
};

/// `python.wheel(dir)`: built on the image that it is installed on, unless it says `on`.
struct Wheel {
  std::string path;  // of a directory or of a file that is built already, absolute
  bool built = false;
  std::string name;  // normalised; empty if only the built wheel tells
  std::vector<std::string> extras;
  project::ImagePtr on;
  std::optional<std::vector<python::Requirement>> needs;  // nothing if only the built wheel tells
  Location where;
};

/// What one step installs.
struct PipGroup : PipSettings {
  std::vector<python::Requirement> entries;
  std::vector<std::shared_ptr<const Wheel>> wheels;
  project::StepPtr layer;                      // python.tree: a layer instead of a step
  std::vector<python::Requirement> installed;  // what it adds to the image, as far as it is known
  std::vector<python::Requirement> covered;    // what the image has already

  /// False if all that it would install is there already.
  bool installs() const { return layer || !entries.empty() || !wheels.empty(); }
  /// Adds its entries to those of other groups.
  void add_to(PipEntries& all) const;
};

/// `index`, `extra_index`, `find_links`, `no_deps` and `constraints`, as lists and functions take them.
std::vector<Field> pip_setting_fields();
/// The type of the field `pip`: entries, lists of requirements, wheels and lists of these, with settings.
TypePtr pip_type();
/// Adds what the fields of `table` say. Relative paths belong to the file that wrote them.
Status read_pip_settings(Session& session, const Table& table, const std::string& directory,
                         PipSettings& settings);
/// `more` behind what is there; an index of its own wins.
void add_pip_settings(PipSettings& settings, const PipSettings& more);

}  // namespace tierbuild::bindings
