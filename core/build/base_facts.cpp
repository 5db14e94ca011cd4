#include "build/base_facts.hpp"

#include "fs/file.hpp"
#include "image/manifest.hpp"
#include "image/reference.hpp"
#include "registry/plain_get.hpp"
#include "store/transfer.hpp"

namespace tierbuild::build {
namespace {

using graph::Base;

constexpr const char* kPins = "base";
constexpr const char* kConfigs = "base config";
constexpr const char* kFetches = "fetch";

Error offline(const std::string& what) {
  return Error::make(Code::network, "{} is not in the store, and --offline forbids to ask for it", what)
      .hint("build once without --offline, or `tierbuild pull` it");
}

/// Reads the documents of one image: from the store if a pull left them there, else from its registry.
class Documents {
 public:
  Documents(const BuildContext& world, const BuildOptions& options, image::Reference reference,
            std::stop_token stop)
      : world_(world), options_(options), reference_(std::move(reference)), stop_(std::move(stop)) {}

  Result<std::string> config(const image::Platform& platform) {
    TB_LET(std::string bytes, manifest(*reference_.digest));
    if (Result<image::Index> index = image::Index::parse(bytes); index && !index->manifests.empty()) {
      TB_LET(image::Descriptor chosen, index->choose(platform), "in {}", reference_.familiar());
      TB_LET(bytes, manifest(chosen.digest));
    }
    TB_LET(image::Manifest parsed, image::Manifest::parse(bytes), "while reading the manifest of {}",
           reference_.familiar());
    if (world_.store.blobs().has(parsed.config.digest))
      return world_.store.blobs().read(parsed.config.digest);
    if (options_.offline) return offline(reference_.familiar());
    std::string config;
    auto sink = [&](std::string_view part) -> Status {
      config += part;
      return {};
    };
    TB_TRY(world_.registry.blob(reference_, parsed.config, sink, stop_));
    return config;
  }

 private:
  Result<std::string> manifest(const Digest& digest) {
    if (world_.store.blobs().has(digest)) return world_.store.blobs().read(digest);
    if (options_.offline) return offline(reference_.familiar());
    image::Reference one = reference_;
    one.digest = digest;
    TB_LET(registry::Fetched fetched, world_.registry.manifest(one, stop_));
    return std::move(fetched.bytes);
  }

  const BuildContext& world_;
  const BuildOptions& options_;
  image::Reference reference_;  // by digest
  std::stop_token stop_;
};

Result<std::string> config_text(const BuildContext& world, const BuildOptions& options, const Base& base,
                                const std::string& pin, const image::Platform& platform,
                                std::stop_token stop) {
  if (base.kind == Base::Kind::layout) {
    TB_LET(image::Descriptor found, store::import_image(world.store, base.reference, base.name, platform));
    TB_LET(std::string manifest_json, world.store.blobs().read(found.digest));
    TB_LET(image::Manifest manifest, image::Manifest::parse(manifest_json));
    return world.store.blobs().read(manifest.config.digest);
  }
  TB_LET(image::Reference reference, image::Reference::parse(base.reference));
  if (!reference.digest) {
    TB_LET(reference.digest, Digest::parse(pin));
  }
  return Documents(world, options, std::move(reference), std::move(stop)).config(platform);
}

}  // namespace

Result<std::string> pin_of(const BuildContext& world, const BuildOptions& options, const Base& base,
                           Pins pins, std::stop_token stop) {
  if (base.kind == Base::Kind::layout) {
    // A layout changes with its index, a tar with its bytes.
    std::filesystem::path path = base.reference;
    if (std::filesystem::is_directory(path)) path /= "index.json";
    TB_LET(fs::FileEntry entry, fs::stat_entry(path.parent_path(), path.filename().string()),
           "while looking for the base {}", base.reference);
    TB_LET(Digest digest, world.fingerprints.digest(path.parent_path(), entry));
    return digest.str();
  }
  if (base.kind != Base::Kind::registry) return std::string();
  TB_LET(image::Reference reference, image::Reference::parse(base.reference));
  if (reference.digest) return std::string();  // the name itself says all
  TB_LET(std::optional<std::string> known, world.store.records().value(kPins, base.reference));
  if (known && pins != Pins::refresh) return *known;
  if (pins == Pins::known_only) return std::string();
  if (options.offline) {
    if (known) return *known;
    return offline(reference.familiar());
  }
  TB_LET(image::Descriptor found, world.registry.resolve(reference, stop));
  std::string digest = found.digest.str();
  TB_TRY(world.store.records().put_value(kPins, base.reference, digest));
  return digest;
}

Result<image::Config> base_config(const BuildContext& world, const BuildOptions& options, const Base& base,
                                  const image::Platform& platform, std::stop_token stop) {
  image::Config config;
  config.platform = platform;
  if (base.kind == Base::Kind::scratch) return config;
  if (base.kind == Base::Kind::debian) {
    config.env = {kDebianPath};
    return config;
  }
  TB_LET(std::string pin,
         pin_of(world, options, base, options.pull ? Pins::refresh : Pins::fetch_unknown, stop));
  std::string name = fmt::format("{} {} {} {}", base.reference, base.name, pin, platform.str());
  TB_LET(std::optional<std::string> known, world.store.records().value(kConfigs, name));
  if (!known) {
    TB_LET(known, config_text(world, options, base, pin, platform, stop), "while reading the config of {}",
           base.reference);
    TB_TRY(world.store.records().put_value(kConfigs, name, *known));
  }
  return image::Config::parse(*known);
}

Result<std::string> sha256_of(const BuildContext& world, const BuildOptions& options, const std::string& url,
                              std::stop_token stop) {
  TB_LET(std::optional<std::string> known, world.store.records().value(kFetches, url));
  if (known && (!options.pull || options.offline))
    if (Result<Digest> digest = Digest::from_hex(*known); digest && world.store.blobs().has(*digest))
      return *known;
  if (options.offline) return offline(url);
  TB_LET(std::unique_ptr<store::BlobWriter> writer, world.store.blobs().begin());
  auto sink = [&](std::string_view bytes) { return fs::write_all(writer->fd(), bytes); };
  TB_LET(registry::Got got, registry::plain_get(world.transport, url, sink, stop));
  TB_TRY(writer->commit(got.digest, got.size, store::BlobWriter::Verify::no));
  TB_TRY(world.store.records().put_value(kFetches, url, got.digest.hex()));
  return got.digest.hex();
}

}  // namespace tierbuild::build
