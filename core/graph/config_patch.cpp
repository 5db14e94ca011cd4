#include "graph/config_patch.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace tierbuild::graph {
namespace {

constexpr const char* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

template <class T>
void replace(std::optional<T>& value, const std::optional<T>& above) {
  if (above) value = above;
}

void merge_map(std::map<std::string, std::string>& into, const std::map<std::string, std::string>& above) {
  for (const auto& [name, value] : above) into[name] = value;
}

}  // namespace

void ConfigPatch::merge(const ConfigPatch& above) {
  merge_map(env, above.env);
  merge_map(labels, above.labels);
  merge_map(annotations, above.annotations);
  path_prepend.insert(path_prepend.end(), above.path_prepend.begin(), above.path_prepend.end());
  replace(user, above.user);
  replace(workdir, above.workdir);
  replace(stop_signal, above.stop_signal);
  replace(author, above.author);
  replace(shell, above.shell);
  replace(on_build, above.on_build);
  if (above.entrypoint && !above.cmd) cmd = std::vector<std::string>{};
  replace(entrypoint, above.entrypoint);
  replace(cmd, above.cmd);
  exposed.insert(above.exposed.begin(), above.exposed.end());
  volumes.insert(above.volumes.begin(), above.volumes.end());
  if (above.healthcheck) probers = above.probers;
  replace(healthcheck, above.healthcheck);
  for (const std::string& hook : above.hooks) add_hook(hook);
}

void ConfigPatch::add_hook(const std::string& hook) {
  if (std::find(hooks.begin(), hooks.end(), hook) == hooks.end()) hooks.push_back(hook);
}

void ConfigPatch::apply(image::Config& config) const {
  for (const auto& [name, value] : env) config.set_env(name, value);
  if (!path_prepend.empty()) {
    std::string path = config.env_value("PATH").value_or(kDefaultPath);
    for (const std::string& directory : path_prepend) path = directory + ":" + path;
    config.set_env("PATH", path);
  }
  if (user) config.user = *user;
  if (workdir) config.workdir = *workdir;
  if (stop_signal) config.stop_signal = *stop_signal;
  if (author) config.author = *author;
  if (shell) config.shell = *shell;
  if (on_build) config.on_build = *on_build;
  if (entrypoint && !cmd) config.cmd.clear();
  if (entrypoint) config.entrypoint = *entrypoint;
  if (cmd) config.cmd = *cmd;
  config.exposed.insert(exposed.begin(), exposed.end());
  config.volumes.insert(volumes.begin(), volumes.end());
  merge_map(config.labels, labels);
  if (healthcheck) config.healthcheck = healthcheck;
  std::vector<std::string> missing;  // an entrypoint of the base may have some of them already
  for (const std::string& hook : hooks)
    if (std::find(config.entrypoint.begin(), config.entrypoint.end(), hook) == config.entrypoint.end())
      missing.push_back(hook);
  config.entrypoint.insert(config.entrypoint.begin(), missing.begin(), missing.end());
}

}  // namespace tierbuild::graph
