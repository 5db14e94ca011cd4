#include "build/keying.hpp"

#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "build/usable.hpp"

namespace tierbuild::build {

using graph::Base;
using graph::NodeId;

bool Keying::is_slow(NodeId node) const {
  for (const graph::Source* source : context_.graph.sources_of(node))
    if (const auto* files = std::get_if<graph::FileSource>(source);
        files && !context_.sources.is_ready(*files))
      return true;
  const auto* base = std::get_if<Base>(&context_.graph[node].op);
  return base != nullptr && base->kind != Base::Kind::scratch && base->kind != Base::Kind::debian;
}

Result<Key> Keying::key(NodeId node, Pins pins, Fields fields, std::stop_token stop) const {
  const graph::Graph& graph = context_.graph;
  graph::NodeInputs inputs;
  inputs.epoch = context_.options.epoch;
  for (graph::StackId stack : graph.stacks_of(node)) inputs.stacks.push_back(context_.outputs.chain(stack));
  for (const graph::Source* source : graph.sources_of(node)) {
    graph::SourceContent content;
    if (const auto* files = std::get_if<graph::FileSource>(source)) {
      TB_LET(content.digest, context_.sources.digest(*files));
      if (fields == Fields::files) {
        TB_LET(const SourceFiles* found, context_.sources.files(*files));
        content.files = found->fields();
        content.links = found->links();
        if (!files->revision.from.empty())
          content.files.push_back({files->revision.from, "commit " + files->revision.commit});
      }
    } else if (const auto* fetch = std::get_if<graph::FetchSource>(source)) {
      content.digest = context_.outputs[fetch->node].blob;
    }
    inputs.sources.push_back(std::move(content));
  }
  if (const auto* run = std::get_if<graph::Run>(&graph[node].op))
    inputs.base_env = context_.outputs.base(run->on).env;
  if (const auto* base = std::get_if<Base>(&graph[node].op)) {
    TB_LET(inputs.pin, pin_of(context_.world, context_.options, *base, pins, stop));
  }
  return graph::key_of(graph, node, inputs);
}

bool Keying::may_reuse(NodeId node) const {
  const graph::Operation& op = context_.graph[node].op;
  if (const auto* base = std::get_if<Base>(&op))
    return !(context_.options.pull && base->kind == Base::Kind::debian);
  if (std::holds_alternative<graph::Fetch>(op)) return true;  // named by its content
  if (context_.options.no_cache) return false;
  const std::string& label = context_.graph[node].label;
  return std::none_of(context_.options.no_cache_targets.begin(), context_.options.no_cache_targets.end(),
                      [&](const std::string& target) { return label.starts_with(target + "/"); });
}

graph::Change Keying::request() const {
  graph::Change change;
  change.subject = graph::Change::Subject::request;
  change.name = context_.options.no_cache                    ? "--no-cache"
                : !context_.options.no_cache_targets.empty() ? "--no-cache-filter"
                                                             : "--pull";
  return change;
}

Result<std::optional<Keying::Found>> Keying::lookup(const Digest& key) const {
  store::Store& store = context_.world.store;
  TB_LET(std::optional<store::StepRecord> record, store.records().step(key));
  if (!record) return std::optional<Found>();
  Found found{{}, record->target, record->created_ms};
  Output& output = found.output;
  output.layers = record->layers;
  output.blob = record->config;
  output.manifest = record->manifest;
  for (const Digest& diff_id : record->layers) {
    TB_LET(std::vector<store::LayerRecord> blobs, store.records().layer(diff_id));
    auto held = std::find_if(blobs.begin(), blobs.end(),
                             [&](const store::LayerRecord& layer) { return is_usable(store, layer); });
    if (held == blobs.end()) return std::optional<Found>();
    output.size += held->blob.size;
  }
  if (!output.blob.empty() && !store.holds(output.blob)) return std::optional<Found>();
  TB_LET(std::optional<std::string> env, store.records().value("env", key.str()));
  if (env) {
    auto parsed = nlohmann::json::parse(*env, nullptr, false);
    if (!parsed.is_array()) return std::optional<Found>();
    for (const auto& entry : parsed)
      if (entry.is_string()) output.env.push_back(entry.get<std::string>());
  }
  return std::optional(std::move(found));
}

Status Keying::remember(NodeId node, Key key, const Output& output, int64_t duration_ms) const {
  store::Records& records = context_.world.store.records();
  // The environment of a base stands beside its record, so that reusing it opens no blob.
  if (!output.env.empty())
    TB_TRY(records.put_value(
        "env", key.digest.str(),
        nlohmann::json(output.env).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
  store::StepRecord record;
  record.key = key.digest;
  record.target = context_.graph[node].label;
  record.inputs = std::move(key.fields);
  record.layers = output.layers;
  record.config = output.blob;
  record.manifest = output.manifest;
  record.duration_ms = duration_ms;
  record.created_ms = context_.world.clock.now();
  return records.put(record);
}

std::optional<int64_t> Keying::known_ms(const std::string& label) const {
  auto durations = context_.world.store.records().durations(label);
  if (!durations || durations->empty()) return std::nullopt;
  auto middle = durations->begin() + static_cast<std::ptrdiff_t>(durations->size() / 2);
  std::nth_element(durations->begin(), middle, durations->end());
  return *middle;
}

int64_t Keying::expected_ms(NodeId node) const {
  if (std::optional<int64_t> known = known_ms(context_.graph[node].label))
    return std::max<int64_t>(*known, 1);
  return std::holds_alternative<graph::Run>(context_.graph[node].op) ? 1000 : 100;
}

}  // namespace tierbuild::build
