#include "build/assemble.hpp"

#include <ctime>

#include "archive/recompress.hpp"
#include "build/prober.hpp"
#include "build/usable.hpp"
#include "graph/stamp.hpp"
#include "hash/key_hasher.hpp"
#include "sandbox/oci_spec.hpp"

namespace tierbuild::build {
namespace {

using graph::NodeId;

class Assembly {
 public:
  Assembly(const WorkContext& context, History& history, graph::TargetId id, ImageOrigin origin)
      : context_(context),
        history_(history),
        store_(context.world.store),
        id_(id),
        target_(context.graph[id]),
        origin_(std::move(origin)) {}

  Result<std::optional<TargetResult>> known() {
    TB_LET(Known known, reuse());
    return known == Known::as_before ? std::optional(std::move(result_)) : std::nullopt;
  }

  Result<TargetResult> run() {
    TB_LET(Known known, reuse());
    if (known == Known::differently) TB_TRY(remember(key_));
    if (known != Known::no) return std::move(result_);

    result_.changes = history_.changes(id_, key_);
    const Output& base = context_.outputs.base(target_.root);
    const std::vector<Digest> diff_ids = context_.outputs.diff_ids(target_.root);
    TB_LET(std::vector<image::Descriptor> layers, layer_descriptors(diff_ids));
    TB_LET(image::Config config, make_config(base, diff_ids));
    TB_LET(image::Manifest manifest, write(config, std::move(layers)));
    std::string json = manifest.json();
    TB_LET(Digest digest, store_.blobs().put(json));
    result_.manifest = {manifest.media_type, digest, json.size(), target_.platform, {}};
    result_.layers = static_cast<uint32_t>(manifest.layers.size());
    TB_TRY(remember(key_));
    result_.built = true;
    return std::move(result_);
  }

 private:
  bool is_docker() const { return context_.options.format == image::Format::docker; }

  void fill_tags() {
    for (const std::string& tag : target_.tags) {
      auto filled = graph::fill_stamps(tag, context_.options.stamps);
      if (filled)
        result_.tags.push_back(*filled);
      else
        result_.missing_stamps.push_back(filled.error().message());
    }
  }

  enum class Known { no, differently, as_before };
  Result<Known> reuse() {
    result_.target = id_;
    result_.name = target_.id();
    result_.title = context_.graph.title(id_);
    fill_tags();
    key_ = graph::image_key(context_.graph, id_, context_.outputs.chain(target_.root),
                            history_of(context_, target_.root), context_.outputs.base(target_.root).blob,
                            context_.options.form());
    TB_LET(std::optional<store::ImageRecord> record, store_.records().image(result_.name, target_.platform));
    if (!record || record->key != key_.digest || !store_.blobs().has(record->manifest.digest))
      return Known::no;
    result_.manifest = record->manifest;
    result_.manifest.platform = target_.platform;
    result_.layers = record->layers;
    result_.size = record->size;
    result_.reused = result_.built = true;
    bool as_before = record->tags == result_.tags && record->made_of == origin_.made_of && !origin_.fresh;
    return as_before ? Known::as_before : Known::differently;
  }

  Status remember(const Key& key) {
    store::ImageRecord record;
    record.target = result_.name;
    record.platform = target_.platform;
    record.key = key.digest;
    record.manifest = result_.manifest;
    record.size = result_.size;
    record.layers = result_.layers;
    record.tags = result_.tags;
    record.created_ms = context_.world.clock.now();
    record.made_of = origin_.made_of;
    record.inputs = key.fields;
    record.steps = origin_.steps();
    return store_.records().put(record);
  }

  // A layer may be held in several compressions. Those of a pulled base stay as they came; any other gets the
  // wanted one, so that an image does not depend on what the store held before.
  Result<std::vector<image::Descriptor>> layer_descriptors(const std::vector<Digest>& diff_ids) {
    const Output& base = context_.outputs.base(target_.root);
    const size_t foreign = base.manifest.empty() ? 0 : base.layers.size();
    std::vector<image::Descriptor> layers;
    for (size_t i = 0; i < diff_ids.size(); ++i) {
      TB_LET(std::vector<store::LayerRecord> blobs, store_.records().layer(diff_ids[i]));
      std::erase_if(blobs, [&](const store::LayerRecord& layer) { return !is_usable(store_, layer); });
      // What is here goes before what a cache has promised.
      std::stable_partition(blobs.begin(), blobs.end(), [&](const store::LayerRecord& layer) {
        return store_.blobs().has(layer.blob.digest);
      });
      if (blobs.empty())
        return Error::make(Code::corrupt, "layer {} is no longer in the store", diff_ids[i].short_hex())
            .hint("`tierbuild verify --repair`, then build again");
      std::string_view suffix = suffix_of(context_.options.compression);
      auto wanted = std::find_if(blobs.begin(), blobs.end(), [&](const store::LayerRecord& layer) {
        return std::string_view(layer.blob.media_type).ends_with(suffix);
      });
      image::Descriptor layer = (wanted == blobs.end() ? blobs.front() : *wanted).blob;
      if (wanted == blobs.end() && (i >= foreign || is_docker())) {
        TB_LET(layer, convert(diff_ids[i], layer));
      }
      // A manifest names types of its own kind, also for the layers of a base that came with the other's.
      if (layer.media_type == image::kDockerLayerGzip) layer.media_type = image::kOciLayerGzip;
      if (is_docker()) layer.media_type = image::kDockerLayerGzip;
      layer.annotations.clear();
      result_.size += layer.size;
      layers.push_back(std::move(layer));
    }
    return layers;
  }

  Result<image::Descriptor> convert(const Digest& diff_id, const image::Descriptor& from) {
    TB_LET(UniqueFd in, store_.blobs().open(from.digest));
    TB_LET(std::unique_ptr<store::BlobWriter> writer, store_.blobs().begin());
    TB_LET(archive::LayerBlob blob, archive::recompress(in.get(), writer->fd(), context_.layer_options()),
           "while compressing layer {} anew", diff_id.short_hex());
    if (blob.diff_id != diff_id)
      return Error::make(Code::corrupt, "blob {} does not hold layer {}", from.digest.short_hex(),
                         diff_id.short_hex())
          .hint("`tierbuild verify --repair`, then build again");
    TB_TRY(writer->commit(blob.digest, blob.size, store::BlobWriter::Verify::no));
    image::Descriptor descriptor = descriptor_of(blob);
    TB_TRY(store_.records().put(store::LayerRecord{diff_id, descriptor, blob.tar_size}));
    return descriptor;
  }

  static std::string_view suffix_of(archive::Compression compression) {
    switch (compression) {
      case archive::Compression::none:
        return ".tar";
      case archive::Compression::gzip:
        return "gzip";
      case archive::Compression::zstd:
        return "zstd";
    }
    return "";
  }

  std::string created() const {
    std::time_t time = context_.options.epoch;
    std::tm utc{};
    ::gmtime_r(&time, &utc);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text.data();
  }

  Result<image::Config> make_config(const Output& base, const std::vector<Digest>& diff_ids) {
    image::Config config;
    if (!base.blob.empty()) {
      TB_LET(std::string json, store_.blobs().read(base.blob));
      TB_LET(config, image::Config::parse(json), "while reading the config of the base image");
    } else {
      config.env = base.env;
    }
    config.platform = target_.platform;
    config.created = created();
    target_.config.apply(config);
    if (config.healthcheck && !target_.config.probers.empty()) TB_TRY(choose_check(config, diff_ids));
    for (auto& [name, value] : config.labels) {
      if (!graph::has_stamp(value)) continue;
      auto filled = graph::fill_stamps(value, context_.options.stamps);
      if (!filled) result_.missing_stamps.push_back(filled.error().message());
      value = filled ? *filled : "";
    }
    extend_history(config, base);
    config.diff_ids = diff_ids;
    return config;
  }

  // What the layers hold does not change, so that they are looked into once.
  Status choose_check(image::Config& config, const std::vector<Digest>& diff_ids) {
    constexpr const char* kSpace = "prober";
    const auto& probers = target_.config.probers;
    std::string path = config.env_value("PATH").value_or(std::string(sandbox::kDefaultPath));
    KeyHasher hasher(kSpace, 1);
    hasher.add("layers", graph::chain_id(diff_ids)).add("path", path);
    for (const auto& prober : probers) hasher.add("prober", prober);
    std::string key = hasher.finish().digest.hex();
    TB_LET(std::optional<std::string> known, store_.records().value(kSpace, key));
    size_t chosen = known ? std::strtoul(known->c_str(), nullptr, 10) : probers.size();
    if (chosen >= probers.size()) {
      TB_LET(archive::MergedView view, context_.view(target_.root, {}));
      TB_LET(chosen, choose_prober(view, path, probers), "in the healthcheck");
      TB_TRY(store_.records().put_value(kSpace, key, std::to_string(chosen)));
    }
    config.healthcheck->test = {"CMD"};
    config.healthcheck->test.insert(config.healthcheck->test.end(), probers[chosen].begin(),
                                    probers[chosen].end());
    return {};
  }

  // The history must name as many layers as there are; one that a base got wrong is dropped whole.
  void extend_history(image::Config& config, const Output& base) {
    auto layers = std::count_if(config.history.begin(), config.history.end(),
                                [](const image::HistoryEntry& entry) { return !entry.empty_layer; });
    bool complete = static_cast<size_t>(layers) == base.layers.size();
    if (!complete) {
      config.history.clear();
      for (size_t i = 0; i < base.layers.size(); ++i) config.history.push_back({"base image", "", false});
    }
    std::vector<NodeId> nodes = context_.graph.layers_of(target_.root);
    std::vector<std::string> lines = history_of(context_, target_.root);
    for (size_t i = 1; i < nodes.size(); ++i)
      config.history.push_back({lines[i - 1], "tierbuild", context_.outputs[nodes[i]].layers.empty()});
  }

  Result<image::Manifest> write(const image::Config& config, std::vector<image::Descriptor> layers) {
    std::string json = config.json();
    TB_LET(result_.config, store_.blobs().put(json));
    image::Manifest manifest;
    manifest.config = {is_docker() ? image::kDockerConfig : image::kOciConfig, result_.config, json.size()};
    manifest.layers = std::move(layers);
    if (is_docker()) {
      manifest.media_type = image::kDockerManifest;
      return manifest;  // which has no annotations
    }
    for (const auto& [name, value] : target_.config.annotations) {
      auto filled = graph::fill_stamps(value, context_.options.stamps);
      if (filled) manifest.annotations[name] = *filled;
    }
    return manifest;
  }

  const WorkContext& context_;
  History& history_;
  store::Store& store_;
  graph::TargetId id_;
  const graph::Target& target_;
  ImageOrigin origin_;
  Key key_;
  TargetResult result_;
};

}  // namespace

Result<TargetResult> assemble(const WorkContext& context, History& history, graph::TargetId target,
                              ImageOrigin origin) {
  return Assembly(context, history, target, std::move(origin)).run();
}

Result<std::optional<TargetResult>> assembled(const WorkContext& context, History& history,
                                              graph::TargetId target, ImageOrigin origin) {
  return Assembly(context, history, target, std::move(origin)).known();
}

}  // namespace tierbuild::build
