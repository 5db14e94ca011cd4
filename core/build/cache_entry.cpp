#include "build/cache_entry.hpp"

#include <algorithm>

#include "hash/key_hasher.hpp"
#include "image/config.hpp"
#include "image/json.hpp"

namespace tierbuild::build {
namespace {

using image::Descriptor;
using image::Fields;
using image::Json;
using image::OrderedJson;

constexpr const char* kRecord = "dev.tierbuild.cache";
constexpr int64_t kVersion = 1;

Error wrong(std::string_view what) {
  return Error::make(Code::corrupt, "the cache entry {}", what);
}

/// Collects the blobs of a manifest, each once, in the order in which steps name them.
struct Writer {
  std::vector<Descriptor> blobs;

  OrderedJson named(const Descriptor& blob, bool kept) {
    OrderedJson json;
    if (!kept) {
      json["absent"] = OrderedJson::parse(plain(blob).json());
      return json;
    }
    auto at = std::find(blobs.begin(), blobs.end(), plain(blob));
    json["blob"] = at - blobs.begin();
    if (at == blobs.end()) blobs.push_back(plain(blob));
    return json;
  }
  static Descriptor plain(const Descriptor& blob) { return {blob.media_type, blob.digest, blob.size}; }

  OrderedJson step(const CachedStep& step) {
    OrderedJson json;
    json["key"] = step.key.str();
    json["label"] = step.label;
    json["duration_ms"] = step.duration_ms;
    OrderedJson layers = OrderedJson::array();
    for (const CachedStep::Layer& layer : step.layers) {
      OrderedJson one = named(layer.blob, layer.kept);
      one["diff_id"] = layer.diff_id.str();
      layers.push_back(std::move(one));
    }
    json["layers"] = std::move(layers);
    if (!step.config.empty()) json["config"] = step.config;
    if (!step.manifest.empty()) json["manifest"] = step.manifest;
    if (!step.env.empty()) json["env"] = step.env;
    if (step.file) json["file"] = named(*step.file, step.file_kept);
    return json;
  }
};

bool is_layer_type(std::string_view type) {
  return type == image::kOciLayer || type == image::kOciLayerGzip || type == image::kOciLayerZstd ||
         type == image::kDockerLayerGzip;
}

struct Named {
  Descriptor blob;
  bool kept = true;
};

Result<Named> read_named(const image::Manifest& manifest, const Json& json) {
  Fields fields(json, "blob of a cache entry");
  if (fields.has("absent")) {
    TB_LET(Descriptor blob, Descriptor::parse(fields.object("absent").dump()));
    return Named{std::move(blob), false};
  }
  int64_t index = fields.has("blob") ? fields.integer("blob") : -1;
  TB_TRY(fields.status());
  if (index < 0 || static_cast<size_t>(index) >= manifest.layers.size())
    return wrong("names a blob that its manifest lacks");
  return Named{manifest.layers[static_cast<size_t>(index)], true};
}

// The documents of a base are those of these layers and of each other.
Status check_base(const CachedStep& step) {
  if (!step.config.empty()) {
    TB_LET(image::Config config, image::Config::parse(step.config));
    bool fits = config.diff_ids.size() == step.layers.size() && config.env == step.env;
    for (size_t i = 0; fits && i < step.layers.size(); ++i)
      fits = config.diff_ids[i] == step.layers[i].diff_id;
    if (!fits) return wrong("has the config of another image");
  }
  if (!step.manifest.empty()) {
    TB_LET(image::Manifest manifest, image::Manifest::parse(step.manifest));
    bool fits =
        manifest.config.digest == Digest::of(step.config) && manifest.layers.size() == step.layers.size();
    for (size_t i = 0; fits && i < step.layers.size(); ++i)
      fits = manifest.layers[i].digest == step.layers[i].blob.digest &&
             manifest.layers[i].size == step.layers[i].blob.size;
    if (!fits) return wrong("has the manifest of another image");
  }
  return {};
}

Result<CachedStep> read_step(const image::Manifest& manifest, const Json& json) {
  Fields fields(json, "step of a cache entry");
  CachedStep step;
  step.key = fields.digest("key");
  step.label = fields.text("label");
  step.duration_ms = fields.integer("duration_ms");
  step.config = fields.text("config");
  step.manifest = fields.text("manifest");
  step.env = fields.texts("env");
  for (const Json& item : fields.list("layers")) {
    Fields layer(item, "layer of a cache entry");
    Digest diff_id = layer.digest("diff_id");
    TB_TRY(layer.status());
    TB_LET(Named named, read_named(manifest, item));
    if (!is_layer_type(named.blob.media_type)) return wrong("names a layer that is none");
    step.layers.push_back({diff_id, std::move(named.blob), named.kept});
  }
  if (fields.has("file")) {
    TB_LET(Named named, read_named(manifest, fields.object("file")));
    step.file = std::move(named.blob);
    step.file_kept = named.kept;
  }
  TB_TRY(fields.status());
  TB_TRY(check_base(step));
  return step;
}

}  // namespace

std::string_view name_of(CacheEntry::Kind kind) {
  switch (kind) {
    case CacheEntry::Kind::step:
      return "step";
    case CacheEntry::Kind::image:
      return "image";
    case CacheEntry::Kind::build:
      return "build";
  }
  return "step";
}

std::string entry_tag(std::string_view prefix, CacheEntry::Kind kind, const Digest& address) {
  KeyHasher hasher("cache entry", kVersion);
  hasher.add("kind", name_of(kind)).add("address", address);
  return fmt::format("{}-{}", prefix, hasher.finish().digest.hex());
}

Descriptor empty_config() {
  return {image::kOciEmpty, Digest::of("{}"), 2};
}

image::Manifest CacheEntry::manifest() const {
  Writer writer;
  OrderedJson record, list = OrderedJson::array();
  record["version"] = kVersion;
  record["kind"] = name_of(kind);
  record["address"] = address.str();
  for (const CachedStep& step : steps) list.push_back(writer.step(step));
  record["steps"] = std::move(list);
  image::Manifest manifest;
  manifest.artifact_type = kCacheArtifact;
  manifest.config = empty_config();
  manifest.layers = std::move(writer.blobs);
  if (manifest.layers.empty()) manifest.layers.push_back(empty_config());
  manifest.annotations[kRecord] = image::dump(record);
  return manifest;
}

Result<CacheEntry> CacheEntry::parse(const image::Manifest& manifest, Kind kind, const Digest& address) {
  auto text = manifest.annotations.find(kRecord);
  if (manifest.artifact_type != kCacheArtifact || text == manifest.annotations.end()) return wrong("is none");
  TB_LET(Json json, image::parse_object(text->second, "the cache entry"));
  Fields fields(json, "cache entry");
  if (fields.integer("version") != kVersion) return wrong("is of another version");
  CacheEntry entry{kind, fields.digest("address"), {}};
  if (fields.text("kind") != name_of(kind) || entry.address != address) return wrong("is for something else");
  for (const Json& item : fields.list("steps")) {
    TB_LET(CachedStep step, read_step(manifest, item));
    entry.steps.push_back(std::move(step));
  }
  TB_TRY(fields.status());
  if (kind == Kind::step && (entry.steps.size() != 1 || entry.steps[0].key != address))
    return wrong("is for another step");
  return entry;
}

}  // namespace tierbuild::build
