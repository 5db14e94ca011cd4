#include "graph/key.hpp"

#include "base/strings.hpp"
#include "graph/difference.hpp"
#include "graph/shape.hpp"

namespace tierbuild::graph {

Digest chain_id(const Digest& below, const Digest& diff_id) {
  if (below.empty()) return diff_id;
  return Digest::of(fmt::format("{} {}", below.str(), diff_id.str()));
}

Digest chain_id(const std::vector<Digest>& diff_ids) {
  Digest chain;
  for (const Digest& diff_id : diff_ids) chain = chain_id(chain, diff_id);
  return chain;
}

Key key_of(const Graph& graph, NodeId id, const NodeInputs& inputs) {
  const Operation& op = graph[id].op;
  KeyHasher key = own_fields(op);
  key.add("epoch", inputs.epoch);
  // Copies, subtrees and fetches bring the same bytes to every platform.
  if (is_native(op)) key.add("platform", graph[id].platform.str());
  if (!inputs.pin.empty()) key.add("pin", inputs.pin);
  if (std::holds_alternative<Run>(op)) key.add("base_env", inputs.base_env);
  for (size_t i = 0; i < inputs.stacks.size(); ++i)
    key.add(i == 0 ? "stands on" : fmt::format("reads image[{}]", i), inputs.stacks[i]);
  for (size_t i = 0; i < inputs.sources.size(); ++i) {
    const SourceContent& source = inputs.sources[i];
    if (source.digest.empty()) continue;
    // Named before the digest over all of them, so that the first difference is a file and not their sum.
    for (const KeyField& file : source.files) key.note("file " + file.name, file.value);
    key.add(fmt::format("source[{}]", i), source.digest);
  }
  Key made = key.finish();
  std::vector<KeyField> asides = asides_of(op);
  std::move(asides.begin(), asides.end(), std::back_inserter(made.fields));
  for (const SourceContent& source : inputs.sources)
    for (const KeyField& link : source.links) made.fields.push_back({"@link " + link.name, link.value});
  return made;
}

Key image_key(const Graph& graph, TargetId id, const Digest& chain, const std::vector<std::string>& history,
              const Digest& base_config, std::string_view compression) {
  const ConfigPatch& config = graph[id].config;
  KeyHasher key("image", 1);
  // One field: which layers there are, and how they came to be.
  key.add("layers", chain_id(chain, Digest::of(join(history, "\n"))))
      .add("base config", base_config)
      .add("platform", graph[id].platform.str());
  key.add("compression", compression);
  for (const auto& [name, value] : config.env) key.add("env." + name, value);
  if (!config.env_order.empty()) key.add("env order", config.env_order);
  key.add("path_prepend", config.path_prepend);
  auto scalar = [&](std::string_view name, const std::optional<std::string>& value) {
    if (value) key.add(name, *value);
  };
  scalar("user", config.user);
  scalar("workdir", config.workdir);
  scalar("stop_signal", config.stop_signal);
  scalar("author", config.author);
  if (config.entrypoint) key.add("entrypoint", *config.entrypoint);
  if (config.cmd) key.add("cmd", *config.cmd);
  if (config.shell) key.add("shell", *config.shell);
  if (config.on_build) key.add("on_build", *config.on_build);
  key.add("expose", std::vector<std::string>(config.exposed.begin(), config.exposed.end()));
  key.add("volumes", std::vector<std::string>(config.volumes.begin(), config.volumes.end()));
  for (const auto& [name, value] : config.labels) key.add("labels." + name, value);
  for (const auto& [name, value] : config.annotations) key.add("annotations." + name, value);
  if (config.healthcheck) {
    const image::Healthcheck& check = *config.healthcheck;
    key.add("healthcheck", check.test);
    key.add("healthcheck times", fmt::format("{} {} {} {}", check.interval_ns, check.timeout_ns,
                                             check.start_period_ns, check.retries));
    if (check.start_interval_ns != 0) key.add("healthcheck start interval", check.start_interval_ns);
  }
  for (const auto& prober : config.probers) key.add("healthcheck prober", prober);
  if (!config.hooks.empty()) key.add("hooks", config.hooks);
  return key.finish();
}

}  // namespace tierbuild::graph
