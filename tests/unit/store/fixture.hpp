// A store in a temporary directory, with layers and images made by hand.
#pragma once

#include <unistd.h>

#include <map>
#include <string>
#include <vector>

#include "archive/layer_writer.hpp"
#include "image/config.hpp"
#include "store/store.hpp"
#include "support/catch.hpp"
#include "support/temp.hpp"

namespace tierbuild::test {

using store::Store;

inline std::unique_ptr<Store> open_store(const std::filesystem::path& root) {
  auto opened = Store::open(root);
  REQUIRE_OK(opened);
  return std::move(*opened);
}

/// A layer with these files (their parents must be listed as "dir/"), as a blob with its record.
inline store::LayerRecord make_layer(Store& store, const std::map<std::string, std::string>& files,
                                     archive::Compression compression = archive::Compression::gzip) {
  auto writer = store.blobs().begin();
  REQUIRE_OK(writer);
  archive::LayerOptions options;
  options.compression = compression;
  auto layer = archive::LayerWriter::create((*writer)->fd(), options);
  REQUIRE_OK(layer);
  for (const auto& [path, content] : files) {
    archive::Entry entry;
    entry.path = path;
    if (path.ends_with('/')) {
      entry.path.pop_back();
      entry.type = archive::EntryType::directory;
      entry.mode = 0755;
      REQUIRE_OK(layer->add(entry));
    } else {
      REQUIRE_OK(layer->add(entry, content));
    }
  }
  auto blob = layer->finish();
  REQUIRE_OK(blob);
  REQUIRE_OK((*writer)->commit(blob->digest, blob->size, store::BlobWriter::Verify::yes));
  const char* type = compression == archive::Compression::gzip   ? image::kOciLayerGzip
                     : compression == archive::Compression::zstd ? image::kOciLayerZstd
                                                                 : image::kOciLayer;
  store::LayerRecord record{blob->diff_id, {type, blob->digest, blob->size}, blob->tar_size};
  REQUIRE_OK(store.records().put(record));
  return record;
}

/// An image of these layers.
inline image::Descriptor make_image(Store& store, const std::vector<store::LayerRecord>& layers,
                                    const image::Platform& platform = image::Platform::host(),
                                    const std::string& comment = "") {
  image::Config config;
  config.platform = platform;
  config.created = "1980-01-01T00:00:00Z";
  config.cmd = {"/bin/sh"};
  if (!comment.empty()) config.labels["comment"] = comment;
  image::Manifest manifest;
  for (const store::LayerRecord& layer : layers) {
    config.diff_ids.push_back(layer.diff_id);
    config.history.push_back({"copy", "", false});
    manifest.layers.push_back(layer.blob);
  }
  std::string config_text = config.json();
  auto config_digest = store.blobs().put(config_text);
  REQUIRE_OK(config_digest);
  manifest.config = {image::kOciConfig, *config_digest, config_text.size()};
  std::string text = manifest.json();
  auto digest = store.blobs().put(text);
  REQUIRE_OK(digest);
  return {image::kOciManifest, *digest, text.size(), platform, {}};
}

inline store::StepRecord make_step(Store& store, const std::string& name, const std::string& target,
                                   const std::vector<store::LayerRecord>& layers, int64_t used_ms = 0) {
  store::StepRecord record;
  record.key = Digest::of(name);
  record.target = target;
  for (const store::LayerRecord& layer : layers) record.layers.push_back(layer.diff_id);
  record.created_ms = record.used_ms = used_ms;
  REQUIRE_OK(store.records().put(record));
  return record;
}

inline void make_image_record(Store& store, const std::string& target, const image::Descriptor& manifest,
                              int64_t used_ms = 0) {
  store::ImageRecord record;
  record.target = target;
  record.platform = *manifest.platform;
  record.manifest = manifest;
  record.created_ms = record.used_ms = used_ms;
  REQUIRE_OK(store.records().put(record));
}

inline std::string slurp(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Starts a child process that runs `work` and then ends without any clean-up, as one that was killed. What
/// must stay undone has to outlive `work`.
pid_t start_process(const std::function<int()>& work);
/// Waits for it; its exit code.
int exit_code(pid_t child);

}  // namespace tierbuild::test
