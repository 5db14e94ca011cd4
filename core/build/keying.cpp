#include "build/keying.hpp"

#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "image/reference.hpp"

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
      TB_LET(const SourceFiles* found, context_.sources.files(*files));
      content.digest = found->digest;
      if (fields == Fields::files) content.files = found->fields();
    } else if (const auto* fetch = std::get_if<graph::FetchSource>(source)) {
      content.digest = context_.outputs[fetch->node].blob;
    }
    inputs.sources.push_back(std::move(content));
  }
  if (const auto* run = std::get_if<graph::Run>(&graph[node].op))
    inputs.base_env = context_.outputs.base(run->on).env;
  if (const auto* base = std::get_if<Base>(&graph[node].op)) {
    TB_LET(inputs.pin, pin(*base, pins, stop));
  }
  return graph::key_of(graph, node, inputs);
}

Result<std::string> Keying::pin(const Base& base, Pins pins, std::stop_token stop) const {
  if (base.kind == Base::Kind::layout) {
    // A layout changes with its index, a tar with its bytes.
    std::filesystem::path path = base.reference;
    if (std::filesystem::is_directory(path)) path /= "index.json";
    TB_LET(fs::FileEntry entry, fs::stat_entry(path.parent_path(), path.filename().string()),
           "while looking for the base {}", base.reference);
    TB_LET(Digest digest, context_.world.fingerprints.digest(path.parent_path(), entry));
    return digest.str();
  }
  if (base.kind != Base::Kind::registry) return std::string();
  TB_LET(image::Reference reference, image::Reference::parse(base.reference));
  if (reference.digest) return std::string();  // the name itself says all
  TB_LET(std::optional<std::string> known, context_.world.store.records().value("base", base.reference));
  if (known && pins != Pins::refresh) return *known;
  if (pins == Pins::known_only) return std::string();
  if (context_.options.offline) {
    if (known) return *known;
    return Error::make(Code::network, "{} is not in the store, and --offline forbids to ask for it",
                       reference.familiar())
        .hint("build once without --offline, or `tierbuild pull` it");
  }
  TB_LET(image::Descriptor found, context_.world.registry.resolve(reference, stop));
  std::string digest = found.digest.str();
  TB_TRY(context_.world.store.records().put_value("base", base.reference, digest));
  return digest;
}

Result<std::optional<Output>> Keying::lookup(const Key& key) const {
  store::Store& store = context_.world.store;
  TB_LET(std::optional<store::StepRecord> record, store.records().step(key.digest));
  if (!record) return std::optional<Output>();
  Output output;
  output.layers = record->layers;
  output.blob = record->config;
  output.manifest = record->manifest;
  for (const Digest& diff_id : record->layers) {
    TB_LET(std::vector<store::LayerRecord> blobs, store.records().layer(diff_id));
    auto held = std::find_if(blobs.begin(), blobs.end(), [&](const store::LayerRecord& layer) {
      return store.blobs().has(layer.blob.digest);
    });
    if (held == blobs.end()) return std::optional<Output>();
    output.size += held->blob.size;
  }
  if (!output.blob.empty() && !store.blobs().has(output.blob)) return std::optional<Output>();
  TB_LET(std::optional<std::string> env, store.records().value("env", key.digest.str()));
  if (env) {
    auto parsed = nlohmann::json::parse(*env, nullptr, false);
    if (!parsed.is_array()) return std::optional<Output>();
    for (const auto& entry : parsed)
      if (entry.is_string()) output.env.push_back(entry.get<std::string>());
  }
  return std::optional(std::move(output));
}

Status Keying::remember(NodeId node, const Key& key, const Output& output, int64_t duration_ms) const {
  store::Records& records = context_.world.store.records();
  // The environment of a base stands beside its record, so that reusing it opens no blob.
  if (!output.env.empty())
    TB_TRY(records.put_value(
        "env", key.digest.str(),
        nlohmann::json(output.env).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
  store::StepRecord record;
  record.key = key.digest;
  record.target = context_.graph[node].label;
  record.inputs = key.fields;
  record.layers = output.layers;
  record.config = output.blob;
  record.manifest = output.manifest;
  record.duration_ms = duration_ms;
  record.created_ms = context_.world.clock.now();
  return records.put(record);
}

std::string Keying::reason(NodeId node, const Key& key) const {
  auto last = context_.world.store.records().last_step(context_.graph[node].label);
  if (!last || !*last) return "never built";
  std::optional<graph::FieldChange> change = graph::first_difference((*last)->inputs, key.fields);
  if (!change) return "its layer is no longer in the store";
  const std::string& field = change->field;
  if (field.starts_with("file ")) {
    const char* what = change->before.empty() ? "is new" : change->now.empty() ? "is gone" : "changed";
    return fmt::format("{} {}", field.substr(5), what);
  }
  if (field == "stands on") return "the image it stands on changed";
  if (field == "pin") return "the base image changed";
  if (field.starts_with("items[")) return "the place, owner or mode of copied files changed";
  if (field.starts_with('#'))
    return fmt::format("{} has {} items, it had {}", field.substr(1), change->now, change->before);
  if (change->before.empty()) return fmt::format("{} is new", field);
  if (change->now.empty()) return fmt::format("{} is gone", field);
  return fmt::format("{} changed", field);
}

int64_t Keying::expected_ms(NodeId node) const {
  auto last = context_.world.store.records().last_duration(context_.graph[node].label);
  if (last && *last && **last > 0) return **last;
  return std::holds_alternative<graph::Run>(context_.graph[node].op) ? 1000 : 100;
}

}  // namespace tierbuild::build
