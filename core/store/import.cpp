#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "archive/layer_reader.hpp"
#include "base/strings.hpp"
#include "image/config.hpp"
#include "image/json.hpp"
#include "image/reference.hpp"
#include "store/directory.hpp"
#include "store/layer_records.hpp"
#include "store/layout.hpp"
#include "store/source.hpp"
#include "store/transfer.hpp"

namespace tierbuild::store {
namespace {

constexpr const char* kContainerdName = "io.containerd.image.name";

// One image of a source, as far as it must be read to choose among several.
struct Candidate {
  image::Descriptor manifest;  // empty for one of a docker archive
  image::Json docker;          // its entry in manifest.json
  image::Config config;
  std::string config_text;
  std::vector<std::string> names;

  std::string str() const { return names.empty() ? manifest.digest.str() : join(names, ", "); }
};

// `python:3` and `docker.io/library/python:3` are one name.
bool same_name(const std::string& a, const std::string& b) {
  if (a == b) return true;
  auto left = image::Reference::parse(a), right = image::Reference::parse(b);
  return left && right && *left == *right;
}

bool named(const std::vector<std::string>& names, const std::string& name) {
  return name.empty() || std::any_of(names.begin(), names.end(),
                                     [&](const std::string& other) { return same_name(other, name); });
}

Error no_such_name(const std::string& name, const std::vector<std::string>& names) {
  return Error::make(Code::not_found, "there is no image named '{}'; there are: {}", name,
                     names.empty() ? "none with a name" : printable(join(names, ", ")));
}

// The one candidate for the platform.
Result<Candidate> choose(std::vector<Candidate> candidates, const image::Platform& platform) {
  std::vector<Candidate*> fitting;
  std::vector<std::string> platforms, names;
  for (Candidate& candidate : candidates) {
    platforms.push_back(candidate.config.platform.str());
    if (candidate.config.platform.matches(platform.normalised())) fitting.push_back(&candidate);
  }
  if (fitting.empty())
    return Error::make(Code::not_found, "there is no image for {}; there are: {}", platform.str(),
                       platforms.empty() ? "none" : join(platforms, ", "));
  for (Candidate* candidate : fitting) names.push_back(candidate->str());
  bool one = std::all_of(fitting.begin(), fitting.end(), [&](const Candidate* candidate) {
    return candidate->config_text == fitting[0]->config_text;
  });
  if (one) return std::move(*fitting[0]);
  return Error::make(Code::invalid, "there are {} images for {}: {}", fitting.size(), platform.str(),
                     printable(join(names, "; ")))
      .hint("name one of them");
}

class Import {
 public:
  Import(Store& store, Source& source, const std::string& name, const image::Platform& platform)
      : store_(store), source_(source), name_(name), platform_(platform) {}

  Result<image::Descriptor> from_layout(std::string_view index_text);
  Result<image::Descriptor> from_docker(std::string_view manifest_text);

 private:
  Status collect(const image::Descriptor& entry, std::vector<std::string> names, std::vector<Candidate>& into,
                 unsigned depth);
  Result<std::string> document(const image::Descriptor& descriptor);
  Status record(const Digest& diff_id, const image::Descriptor& blob);

  Store& store_;
  Source& source_;
  const std::string& name_;
  const image::Platform& platform_;
};

Result<std::string> Import::document(const image::Descriptor& descriptor) {
  TB_TRY(source_.bring(descriptor));
  return store_.blobs().read(descriptor.digest);
}

// Adds the images that an entry leads to. What is no image (an attestation, an artifact) is passed over.
Status Import::collect(const image::Descriptor& entry, std::vector<std::string> names,
                       std::vector<Candidate>& into, unsigned depth) {
  constexpr unsigned kDeepest = 4;
  if (image::is_index(entry.media_type)) {
    if (depth == kDeepest) return Error(Code::corrupt, "indexes are nested too deep");
    TB_LET(std::string text, document(entry));
    TB_LET(image::Index index, image::Index::parse(text));
    for (const image::Descriptor& child : index.manifests)
      if (!child.platform || child.platform->matches(platform_.normalised()))
        TB_TRY(collect(child, names, into, depth + 1));
    return {};
  }
  if (!image::is_manifest(entry.media_type)) return {};
  TB_LET(std::string text, document(entry));
  TB_LET(image::Manifest manifest, image::Manifest::parse(text));
  if (manifest.config.media_type != image::kOciConfig && manifest.config.media_type != image::kDockerConfig)
    return {};
  Candidate candidate;
  candidate.manifest = {entry.media_type, entry.digest, entry.size};
  TB_LET(candidate.config_text, document(manifest.config));
  TB_LET(candidate.config, image::Config::parse(candidate.config_text));
  candidate.names = std::move(names);
  into.push_back(std::move(candidate));
  return {};
}

Result<image::Descriptor> Import::from_layout(std::string_view index_text) {
  TB_LET(image::Index index, image::Index::parse(index_text));
  std::vector<Candidate> candidates;
  std::vector<std::string> all_names;
  bool found = false;
  for (const image::Descriptor& entry : index.manifests) {
    std::vector<std::string> names;
    for (const char* key : {kRefName, kContainerdName})
      if (auto value = entry.annotations.find(key); value != entry.annotations.end())
        names.push_back(value->second);
    all_names.insert(all_names.end(), names.begin(), names.end());
    if (!named(names, name_)) continue;
    found = true;
    TB_TRY(collect(entry, names, candidates, 0));
  }
  if (!found && !name_.empty()) return no_such_name(name_, all_names);
  TB_LET(Candidate chosen, choose(std::move(candidates), platform_));

  TB_LET(std::string text, store_.blobs().read(chosen.manifest.digest));
  TB_LET(image::Manifest manifest, image::Manifest::parse(text));
  if (manifest.layers.size() != chosen.config.diff_ids.size())
    return Error::make(Code::corrupt, "the manifest has {} layers and the config {}", manifest.layers.size(),
                       chosen.config.diff_ids.size());
  for (size_t i = 0; i < manifest.layers.size(); ++i) {
    TB_TRY(source_.bring(manifest.layers[i]));
    TB_TRY(record(chosen.config.diff_ids[i], manifest.layers[i]));
  }
  chosen.manifest.platform = chosen.config.platform;
  return chosen.manifest;
}

const char* layer_type(int fd) {
  std::array<unsigned char, 4> magic{};
  if (::pread(fd, magic.data(), magic.size(), 0) != static_cast<ssize_t>(magic.size()))
    return image::kOciLayer;
  if (magic[0] == 0x1f && magic[1] == 0x8b) return image::kOciLayerGzip;
  if (magic == std::array<unsigned char, 4>{0x28, 0xb5, 0x2f, 0xfd}) return image::kOciLayerZstd;
  return image::kOciLayer;
}

Result<image::Descriptor> Import::from_docker(std::string_view manifest_text) {
  TB_LET(image::Json entries, image::parse_json(manifest_text, "manifest.json"));
  if (!entries.is_array()) return Error(Code::corrupt, "manifest.json is not a list");
  std::vector<Candidate> candidates;
  std::vector<std::string> all_names;
  bool found = false;
  for (const image::Json& entry : entries) {
    image::Fields fields(entry, "manifest.json");
    Candidate candidate;
    candidate.names = fields.texts("RepoTags");
    std::string config_file = fields.text("Config");
    TB_TRY(fields.status());
    all_names.insert(all_names.end(), candidate.names.begin(), candidate.names.end());
    if (!named(candidate.names, name_)) continue;
    found = true;
    TB_LET(candidate.config_text, source_.text(config_file));
    TB_LET(candidate.config, image::Config::parse(candidate.config_text));
    candidate.docker = entry;
    candidates.push_back(std::move(candidate));
  }
  if (!found && !name_.empty()) return no_such_name(name_, all_names);
  TB_LET(Candidate chosen, choose(std::move(candidates), platform_));

  image::Fields fields(chosen.docker, "manifest.json");
  std::vector<std::string> files = fields.texts("Layers");
  TB_TRY(fields.status());
  if (files.size() != chosen.config.diff_ids.size())
    return Error::make(Code::corrupt, "manifest.json has {} layers and the config {}", files.size(),
                       chosen.config.diff_ids.size());
  image::Manifest manifest;
  for (size_t i = 0; i < files.size(); ++i) {
    TB_LET(StoredFile file, source_.file(files[i]));
    TB_LET(UniqueFd fd, store_.blobs().open(file.digest));
    manifest.layers.push_back({layer_type(fd.get()), file.digest, file.size});
    TB_TRY(record(chosen.config.diff_ids[i], manifest.layers.back()));
  }
  TB_LET(Digest config, store_.blobs().put(chosen.config_text));
  manifest.config = {image::kOciConfig, config, chosen.config_text.size()};
  const std::string text = manifest.json();
  TB_LET(Digest digest, store_.blobs().put(text));
  return image::Descriptor{image::kOciManifest, digest, text.size(), chosen.config.platform};
}

// Records that a blob holds a layer, after it was seen to.
Status Import::record(const Digest& diff_id, const image::Descriptor& blob) {
  TB_LET(auto known, store_.records().layer(diff_id));
  for (const LayerRecord& record : known)
    if (record.blob.digest == blob.digest) return {};
  uint64_t tar_size = 0;
  Digest real = blob.digest;
  if (real == diff_id) {
    tar_size = blob.size;
  } else {
    TB_LET(UniqueFd fd, store_.blobs().open(blob.digest));
    TB_LET(archive::TarReader reader, archive::TarReader::open(fd.get()), "while reading blob {}",
           blob.digest.str());
    TB_LET(real, reader.finish(), "while reading blob {}", blob.digest.str());
  }
  if (real != diff_id)
    return Error::make(Code::corrupt, "blob {} holds the layer {}, not {} as the config says",
                       blob.digest.str(), real.str(), diff_id.str());
  return record_layer(store_, {diff_id, blob, tar_size});
}

Result<image::Descriptor> import_source(Store& store, Source& source, const std::string& name,
                                        const image::Platform& platform) {
  Import import(store, source, name, platform);
  auto index = source.text(kIndexFile);
  if (index) return import.from_layout(*index);
  auto docker = source.text("manifest.json");
  if (docker) return import.from_docker(*docker);
  if (index.error().code() != Code::not_found) return std::move(index).error();
  return Error(Code::invalid, "it is neither an OCI layout nor an archive of `docker save`");
}

}  // namespace

Result<image::Descriptor> import_image(Store& store, const std::filesystem::path& path,
                                       const std::string& name, const image::Platform& platform) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return Error::os(errno, "cannot open the image {}", path.string());
  std::unique_ptr<Source> source;
  if (is_there_as_directory(path / ".")) {
    TB_TRY(check_layout(path));
    source = directory_source(path, store.blobs());
  } else {
    TB_LET(source, tar_source(fd.get(), store.blobs()), "while importing {}", path.string());
  }
  TB_LET(image::Descriptor manifest, import_source(store, *source, name, platform), "while importing {}",
         path.string());
  return manifest;
}

}  // namespace tierbuild::store
