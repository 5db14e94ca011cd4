// ConfigPatch: changes to an image's config, merged from tier to tier. Config makes no layer.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "image/config.hpp"

namespace tierbuild::graph {

struct ConfigPatch {
  std::map<std::string, std::string> env;
  std::vector<std::string>
      env_order;  // names of `env` that come first where they are new; then the others, sorted
  std::vector<std::string> path_prepend;  // directories put in front of PATH, the last one first
  std::optional<std::string> user, workdir, stop_signal, author;
  std::optional<std::vector<std::string>> entrypoint, cmd;
  std::optional<std::vector<std::string>> shell,
      on_build;  // what Dockerfiles say to those that stand on them
  std::set<std::string> exposed, volumes;
  std::map<std::string, std::string> labels;       // values may hold stamps
  std::map<std::string, std::string> annotations;  // of the manifest; not inherited by targets above
  std::optional<image::Healthcheck> healthcheck;
  /// Commands for the healthcheck: the first whose program the finished image has is taken instead of its
  /// test.
  std::vector<std::vector<std::string>> probers;
  /// Programs that run before the entrypoint, the first one first; each ends by becoming what follows it.
  std::vector<std::string> hooks;

  /// What makes the config of a stage of that of its base, by instructions that only add and replace.
  static ConfigPatch between(const image::Config& base, const image::Config& stage);
  /// Lays `above` on this one: maps merge, sets join, scalars and argv lists are replaced. A new entrypoint
  /// without a new command drops the command, as docker does. Hooks append, and stay when the entrypoint
  /// changes.
  void merge(const ConfigPatch& above);
  /// Adds a hook behind the others, once.
  void add_hook(const std::string& hook);
  /// The config of an image on a base with the given config: the base's env, then the patch's, and so on.
  /// Whoever knows the finished image chooses among `probers`.
  void apply(image::Config& config) const;
  bool operator==(const ConfigPatch&) const = default;
};

}  // namespace tierbuild::graph
