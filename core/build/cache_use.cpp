#include "build/cache_use.hpp"

#include <sys/mman.h>

#include "build/for_each.hpp"
#include "build/send_blob.hpp"
#include "build/usable.hpp"
#include "fs/file.hpp"

namespace tierbuild::build {

using graph::NodeId;
using graph::TargetId;

constexpr unsigned kParallel = 8;  // lookups at once

bool CacheUse::is_readable() const {
  return context_.world.cache != nullptr && !context_.options.offline && context_.world.cache->readable();
}

const Recipes* CacheUse::recipes(const std::stop_token& stop) {
  std::call_once(made_, [&] {
    auto made = Recipes::make(context_, keying_, plan_, stop);
    if (made) recipes_ = std::move(made).value();  // what went wrong will show where it is needed
  });
  return recipes_ ? &*recipes_ : nullptr;
}

// One question for all, else one for each image. The rest is asked step by step.
void CacheUse::look_ahead(const std::stop_token& stop) {
  const Recipes* all = recipes(stop);
  if (all == nullptr) return;
  RemoteCache& cache = *context_.world.cache;
  if (cache.read(CacheEntry::Kind::build, all->of(context_.graph, targets_), stop)) return;
  std::vector<TargetId> targets = targets_;
  std::ignore = for_each(targets, kParallel, [&](TargetId target) -> Status {
    cache.read(CacheEntry::Kind::image, all->of(context_.graph, target), stop);
    return {};
  });
}

// A record may be of this key and yet not be what such a step can make.
bool CacheUse::fits(NodeId node, const CachedStep& step) const {
  const graph::Operation& op = context_.graph[node].op;
  if (const auto* fetch = std::get_if<graph::Fetch>(&op))
    return step.file && step.file->digest.hex() == fetch->sha256 && step.layers.empty();
  const bool is_base = std::holds_alternative<graph::Base>(op);
  if (!is_base) return step.config.empty() && step.manifest.empty() && step.env.empty() && !step.file;
  return !step.file;
}

Result<std::optional<Output>> CacheUse::take(NodeId node, const Key& key, std::stop_token stop) {
  using Taken = std::optional<Output>;
  if (!is_readable()) return Taken();
  std::call_once(looked_, [&] { look_ahead(stop); });
  std::optional<RemoteCache::Found> found = context_.world.cache->step(key.digest, stop);
  if (!found || !fits(node, found->step)) return Taken();
  return record(node, key, *found);
}

// Nothing is taken from a source that has broken a promise in this process.
Result<std::optional<Output>> CacheUse::record(NodeId node, const Key& key, const RemoteCache::Found& found) {
  store::Store& store = context_.world.store;
  const CachedStep& step = found.step;
  Output output;
  output.env = step.env;
  if (!step.config.empty()) {
    TB_LET(output.blob, store.blobs().put(step.config));
  }
  if (!step.manifest.empty()) {
    TB_LET(output.manifest, store.blobs().put(step.manifest));
  }
  auto promise = [&](const image::Descriptor& blob, bool kept, const Digest& diff_id) -> Status {
    if (store.holds(blob.digest) && !kept) return {};
    if (store.blobs().has(blob.digest)) return {};
    return store.promise(blob.digest, {kept ? found.from : "", blob.size, diff_id});
  };
  TB_LET(auto batch, store.records().batch());
  for (const CachedStep::Layer& layer : step.layers) {
    TB_TRY(promise(layer.blob, layer.kept, layer.diff_id));
    store::LayerRecord said{layer.diff_id, layer.blob, 0};
    TB_LET(std::vector<store::LayerRecord> known, store.records().layer(layer.diff_id));
    const bool proven = std::any_of(known.begin(), known.end(), [&](const store::LayerRecord& record) {
      return record.blob.digest == layer.blob.digest && !store::is_unproven(record);
    });
    said.blob.annotations = {{store::kUnproven, "true"}};
    if (!(proven && store.holds(layer.blob.digest)) && !is_usable(store, said))
      return std::optional<Output>();
    if (!proven) TB_TRY(store.records().put(said));
    output.layers.push_back(layer.diff_id);
    output.size += layer.blob.size;
  }
  if (step.file) {
    output.blob = step.file->digest;
    TB_TRY(promise(*step.file, step.file_kept, {}));
    if (!store.holds(step.file->digest)) return std::optional<Output>();
  }
  TB_TRY(keying_.remember(node, key, output, step.duration_ms));
  TB_TRY(batch->commit());
  return std::optional(std::move(output));
}

// The blob that a layer would have in an image: what is here before what is promised, the wanted compression
// first.
static Result<image::Descriptor> blob_of(const WorkContext& context, const Digest& diff_id) {
  store::Store& store = context.world.store;
  TB_LET(std::vector<store::LayerRecord> records, store.records().layer(diff_id));
  auto rank = [&](const store::LayerRecord& record) {
    const bool here = store.blobs().has(record.blob.digest);
    const bool wanted = record.blob.media_type == layer_type(context.options.compression);
    return (!is_usable(store, record) ? 4 : here ? 0 : 2) + (wanted ? 0 : 1);
  };
  auto best = std::min_element(records.begin(), records.end(),
                               [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  if (best == records.end() || rank(*best) >= 4)
    return Error::make(Code::not_found, "layer {} is not in the store", diff_id.short_hex());
  return best->blob;
}

Result<CachedStep> CacheUse::describe(NodeId node, const Digest& key, const Kept& kept) const {
  store::Store& store = context_.world.store;
  const Output& output = context_.outputs[node];
  CachedStep step;
  step.key = key;
  step.label = context_.graph[node].label;
  TB_LET(std::optional<store::StepRecord> record, store.records().step(key));
  if (record) step.duration_ms = record->duration_ms;
  auto is_kept = [&](const image::Descriptor& blob, const Digest* diff_id) {
    std::optional<store::Promise> promise = store.promised(blob.digest);
    if (promise && promise->from.empty()) return false;  // it is nowhere to be had
    return kept.all || (diff_id != nullptr && kept.diff_ids.contains(*diff_id));
  };
  for (const Digest& diff_id : output.layers) {
    TB_LET(image::Descriptor blob, blob_of(context_, diff_id));
    bool keep = is_kept(blob, &diff_id);
    step.layers.push_back({diff_id, std::move(blob), keep});
  }
  if (std::holds_alternative<graph::Fetch>(context_.graph[node].op)) {
    std::optional<store::Promise> promise = store.promised(output.blob);
    uint64_t size = promise ? promise->size : 0;
    if (!promise) {
      TB_LET(size, store.blobs().size(output.blob));
    }
    step.file = image::Descriptor{"application/octet-stream", output.blob, size};
    step.file_kept = is_kept(*step.file, nullptr);
    return step;
  }
  step.env = output.env;
  if (!output.blob.empty()) {
    TB_LET(step.config, store.blobs().read(output.blob));
  }
  if (!output.manifest.empty()) {
    TB_LET(step.manifest, store.blobs().read(output.manifest));
  }
  return step;
}

Status CacheUse::send(const CachePlace& place, const CacheEntry& entry, const std::stop_token& stop) const {
  constexpr size_t kLargest = 3 << 20;  // registries take 4 MiB
  const std::string json = entry.manifest().json();
  if (json.size() > kLargest && entry.kind != CacheEntry::Kind::step) return {};  // its parts are found, too
  image::Descriptor descriptor{image::kOciManifest, Digest::of(json), json.size()};
  return context_.world.cache->client().push_manifest(
      place.at(entry_tag(place.prefix, entry.kind, entry.address)), descriptor, json, stop);
}

Status CacheUse::send_empty(const CachePlace& place, const std::stop_token& stop) const {
  UniqueFd fd(::memfd_create("config", MFD_CLOEXEC));
  if (!fd) return Error::os(errno, "cannot make a file in memory");
  TB_TRY(fs::write_all(fd.get(), "{}"));
  if (::lseek(fd.get(), 0, SEEK_SET) != 0) return Error::os(errno, "cannot seek");
  TB_TRY(context_.world.cache->client().push_blob(place.repository, empty_config(), fd.get(), {}, stop));
  return {};
}

// Layers first, then entries of steps, of images, and of the build: an entry that is there is whole, and so
// is what it is made of. What is there is never written again.
Status CacheUse::give_to(const CacheGoal& goal, const KeyOf& key, const std::stop_token& stop) {
  using Kind = CacheEntry::Kind;
  const graph::Graph& graph = context_.graph;
  RemoteCache& cache = *context_.world.cache;
  const Recipes* all = recipes(stop);
  if (all == nullptr) return {};
  const Digest build = all->of(graph, targets_);
  TB_LET(bool complete, cache.has(goal.place, Kind::build, build, stop));
  if (complete) return {};

  struct Image {
    TargetId target;
    std::vector<NodeId> nodes;
    bool there = false;
  };
  std::vector<Image> images;
  Kept kept{goal.max, {}};
  for (TargetId target : targets_) {
    images.push_back({target, graph::make_plan(graph, {target}, [](NodeId) { return 0; }).order});
    for (const Digest& diff_id : context_.outputs.diff_ids(graph[target].root)) kept.diff_ids.insert(diff_id);
  }
  TB_TRY(for_each(images, kParallel, [&](Image& image) -> Status {
    TB_LET(image.there, cache.has(goal.place, Kind::image, all->of(graph, image.target), stop));
    return {};
  }));
  std::map<NodeId, CachedStep> steps;
  std::vector<NodeId> missing;
  for (const Image& image : images)
    for (NodeId node : image.nodes) {
      if (!steps.contains(node)) {
        TB_LET(steps[node], describe(node, key(node), kept));
      }
      if (!image.there && std::find(missing.begin(), missing.end(), node) == missing.end())
        missing.push_back(node);
    }

  std::map<Digest, image::Descriptor> unique;
  for (NodeId node : missing) {
    for (const CachedStep::Layer& layer : steps[node].layers)
      if (layer.kept) unique.try_emplace(layer.blob.digest, layer.blob);
    if (steps[node].file && steps[node].file_kept)
      unique.try_emplace(steps[node].file->digest, *steps[node].file);
  }
  std::vector<image::Descriptor> blobs;
  for (auto& [digest, blob] : unique) blobs.push_back(blob);
  TB_TRY(send_empty(goal.place, stop));
  TB_TRY(for_each(blobs, kParallel, [&](const image::Descriptor& blob) -> Status {
    TB_TRY(send_blob(context_.world.store, cache.client(), goal.place.repository, blob, {}, stop));
    return {};
  }));
  TB_TRY(for_each(missing, kParallel, [&](NodeId node) -> Status {
    TB_LET(bool there, cache.has(goal.place, Kind::step, key(node), stop));
    return there ? Status() : send(goal.place, {Kind::step, key(node), {steps[node]}}, stop);
  }));
  auto entry_of = [&](Kind kind, const Digest& address, const std::vector<NodeId>& nodes) {
    CacheEntry entry{kind, address, {}};
    for (NodeId node : nodes) entry.steps.push_back(steps[node]);
    return entry;
  };
  TB_TRY(for_each(images, kParallel, [&](const Image& image) -> Status {
    if (image.there) return {};
    return send(goal.place, entry_of(Kind::image, all->of(graph, image.target), image.nodes), stop);
  }));
  return send(goal.place, entry_of(Kind::build, build, plan_.order), stop);
}

void CacheUse::give(const KeyOf& key, std::stop_token stop) {
  if (context_.world.cache == nullptr || context_.options.offline) return;
  RemoteCache& cache = *context_.world.cache;
  for (const CacheGoal& goal : cache.settings().to) {
    if (cache.given_up(goal.place)) continue;
    Status given = give_to(goal, key, stop);
    if (!given && !stop.stop_requested()) cache.give_up(goal.place, given.error());
  }
}

}  // namespace tierbuild::build
