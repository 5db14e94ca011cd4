// Targets: what compose and bake files ask to build, all files laid above each other.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "bake/keys.hpp"
#include "compose/load.hpp"

namespace tierbuild::bake {

struct Target {
  std::string name;
  Location where;
  document::Node attributes;  // a map in bake's keys, each in its form
  bool is_service = false;    // of a compose file
  std::vector<std::string> profiles;
  std::vector<compose::Watch> watch;
};

struct Group {
  std::string name;
  Location where;
  std::vector<document::Node> targets;  // names
};

/// One `--set KEY[.NAME][+]=VALUE` of a target.
struct Override {
  std::string key, name, value;
  bool append = false;
};

struct Targets {
  std::vector<Target> targets;
  std::vector<Group> groups;
  std::map<std::string, std::vector<Override>> overrides;  // of each target, laid above what it inherits
  std::vector<Error> warnings;

  Target* find(std::string_view name);
  const Target* find(std::string_view name) const;
  const Group* find_group(std::string_view name) const;
  /// Lays a later declaration above one of the same name, or adds it.
  void lay(Target target);
  void lay(Group group);
};

/// The name that bake gives the target of a service: `a.b` is `a_b`.
std::string target_name(std::string service);

/// The services of a project that are built. Fails with `invalid` and the place.
Result<Targets> targets_of(compose::Project project);

struct JsonFile {
  std::string path, text;
};
/// The targets of bake files in their JSON form; `environment` sets their variables.
Result<Targets> targets_of(const std::vector<JsonFile>& files, const compose::Environment& environment);

/// `PATTERN.KEY[.NAME][+]=VALUE`, as bake's `--set` takes them. Fails with `invalid`, and if no target has
/// the name.
Status set(Targets& targets, const std::vector<std::string>& overrides,
           const compose::Environment& environment);

Error no_target(const Targets& targets, const std::string& name);
/// Lays what --set says of one target above its attributes.
Status lay_overrides(document::Node& attributes, const std::vector<Override>& overrides);

/// The target with all that it inherits, and what --set says of each. Fails for a circle or an unknown name.
Result<Target> inherited(const Targets& targets, const std::string& name);

}  // namespace tierbuild::bake
