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

ConfigPatch ConfigPatch::between(const image::Config& base, const image::Config& stage) {
  ConfigPatch patch;
  for (const std::string& entry : stage.env) {
    size_t equals = entry.find('=');
    if (equals == std::string::npos) continue;
    std::string name = entry.substr(0, equals), value = entry.substr(equals + 1);
    if (base.env_value(name) == value) continue;
    patch.env_order.push_back(name);
    patch.env[std::move(name)] = std::move(value);
  }
  auto changed = [](const auto& before, const auto& now) {
    return now == before ? std::nullopt : std::optional(now);
  };
  patch.user = changed(base.user, stage.user);
  patch.workdir = changed(base.workdir, stage.workdir);
  patch.stop_signal = changed(base.stop_signal, stage.stop_signal);
  patch.author = changed(base.author, stage.author);
  patch.entrypoint = changed(base.entrypoint, stage.entrypoint);
  patch.cmd = patch.entrypoint ? std::optional(stage.cmd) : changed(base.cmd, stage.cmd);
  patch.shell = changed(base.shell, stage.shell);
  patch.on_build = changed(base.on_build, stage.on_build);
  patch.exposed = stage.exposed;
  patch.volumes = stage.volumes;
  for (const auto& [name, value] : stage.labels)
    if (auto known = base.labels.find(name); known == base.labels.end() || known->second != value)
      patch.labels[name] = value;
  if (stage.healthcheck != base.healthcheck) patch.healthcheck = stage.healthcheck;
  return patch;
}

void ConfigPatch::merge(const ConfigPatch& above) {
  merge_map(env, above.env);
  for (const std::string& name : above.env_order)
    if (std::find(env_order.begin(), env_order.end(), name) == env_order.end()) env_order.push_back(name);
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
  for (const std::string& name : env_order)
    if (auto known = env.find(name); known != env.end()) config.set_env(name, known->second);
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
