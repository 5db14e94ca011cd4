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
  std::vector<std::string> path_prepend;  // directories put in front of PATH, the last one first
  std::optional<std::string> user, workdir, stop_signal;
  std::optional<std::vector<std::string>> entrypoint, cmd;
  std::set<std::string> exposed, volumes;
  std::map<std::string, std::string> labels;       // values may hold stamps
  std::map<std::string, std::string> annotations;  // of the manifest; not inherited by targets above
  std::optional<image::Healthcheck> healthcheck;

  /// Lays `above` on this one: maps merge, sets join, scalars and argv lists are replaced. A new entrypoint
  /// without a new command drops the command, as docker does.
  void merge(const ConfigPatch& above);
  /// The config of an image on a base with the given config: the base's env, then the patch's, and so on.
  void apply(image::Config& config) const;
  bool operator==(const ConfigPatch&) const = default;
};

}  // namespace tierbuild::graph
