#include "attest/cosign.hpp"

#include <set>

#include "attest/artifact.hpp"
#include "base/strings.hpp"
#include "image/json.hpp"
#include "registry/base64.hpp"
#include "registry/referrers.hpp"

namespace tierbuild::attest {
namespace {

using image::Descriptor;
using image::Manifest;
using image::OrderedJson;
using image::Reference;

constexpr const char* kSignatureType = "cosign container image signature";

Reference by_tag(Reference repository, std::string tag) {
  repository.tag = std::move(tag);
  repository.digest.reset();
  return repository;
}

Reference by_digest(Reference repository, const Digest& digest) {
  repository.tag.clear();
  repository.digest = digest;
  return repository;
}

/// The config that cosign gives its artifacts: an image's, with the payloads as layers and no time.
std::string config_json(const std::vector<Descriptor>& layers) {
  constexpr const char* kNoTime = "0001-01-01T00:00:00Z";
  OrderedJson diff_ids = OrderedJson::array();
  for (const Descriptor& layer : layers) diff_ids.push_back(layer.digest.str());
  OrderedJson out;
  out["architecture"] = "";
  out["created"] = kNoTime;
  OrderedJson entry;
  entry["created"] = kNoTime;
  out["history"] = OrderedJson::array({std::move(entry)});
  out["os"] = "";
  out["rootfs"]["type"] = "layers";
  out["rootfs"]["diff_ids"] = std::move(diff_ids);
  out["config"] = OrderedJson::object();
  return image::dump(out);
}

/// What a payload says is signed; nothing if it is no payload.
std::optional<Digest> signed_digest(std::string_view payload) {
  auto json = image::parse_object(payload, "payload");
  if (!json) return std::nullopt;
  image::Fields whole(*json, "payload");
  image::Fields critical(whole.object("critical"), "critical");
  image::Fields subject(critical.object("image"), "image");
  if (critical.text("type") != kSignatureType) return std::nullopt;
  auto digest = Digest::parse(subject.text("docker-manifest-digest"));
  if (!digest) return std::nullopt;
  return *digest;
}

class Signatures {
 public:
  Signatures(registry::Client& client, const Reference& repository, const Digest& manifest,
             std::stop_token stop)
      : client_(client), repository_(repository), manifest_(manifest), stop_(std::move(stop)) {}

  /// The layers of the artifact under cosign's tag; none if there is no such tag.
  Result<std::vector<Descriptor>> tagged() const {
    auto fetched =
        client_.manifest(by_tag(repository_, signature_tag(manifest_)), stop_, registry::Ask::registry);
    if (!fetched && fetched.error().code() == Code::not_found) return std::vector<Descriptor>();
    if (!fetched) return std::move(fetched).error();
    TB_LET(Manifest artifact, Manifest::parse(fetched->bytes), "in the signatures");
    return std::move(artifact.layers);
  }

  Result<std::vector<Descriptor>> referring() const {
    std::vector<Descriptor> layers;
    TB_LET(std::vector<Descriptor> artifacts, client_.referrers(repository_, manifest_, stop_));
    for (const Descriptor& one : artifacts) {
      if (one.artifact_type != kSignatureArtifact) continue;
      TB_LET(registry::Fetched fetched, client_.manifest(by_digest(repository_, one.digest), stop_));
      TB_LET(Manifest artifact, Manifest::parse(fetched.bytes), "in a signature");
      layers.insert(layers.end(), artifact.layers.begin(), artifact.layers.end());
    }
    return layers;
  }

  /// Whether the layer is a signature of the key over the manifest.
  Result<bool> is_of(const Descriptor& layer, const Key& key) const {
    auto annotation = layer.annotations.find(kSignatureAnnotation);
    if (layer.media_type != kSimpleSigning || annotation == layer.annotations.end()) return false;
    auto signature = registry::base64_decode(annotation->second);
    if (!signature) return false;
    TB_LET(std::string payload, fetch_bytes(client_, repository_, layer, stop_));
    return key.verifies(payload, *signature) && signed_digest(payload) == manifest_;
  }

 private:
  registry::Client& client_;
  const Reference& repository_;
  const Digest& manifest_;
  std::stop_token stop_;
};

Result<Manifest> artifact_of(registry::Client& client, const Reference& repository,
                             std::vector<Descriptor> layers, const std::stop_token& stop) {
  Manifest artifact;
  TB_LET(artifact.config, push_bytes(client, repository, image::kOciConfig, config_json(layers), stop));
  artifact.layers = std::move(layers);
  return artifact;
}

}  // namespace

std::string signing_payload(const Reference& repository, const Digest& manifest) {
  OrderedJson out;
  out["critical"]["identity"]["docker-reference"] = repository.name();
  out["critical"]["image"]["docker-manifest-digest"] = manifest.str();
  out["critical"]["type"] = kSignatureType;
  out["optional"] = nullptr;
  return image::dump(out);
}

std::string signature_tag(const Digest& manifest) {
  return "sha256-" + manifest.hex() + ".sig";
}

Status sign(registry::Client& client, const Reference& repository, const Descriptor& manifest, const Key& key,
            std::stop_token stop) {
  Signatures signatures(client, repository, manifest.digest, stop);
  // ECDSA makes another signature each time: the one that is there is enough.
  std::optional<Descriptor> layer;
  TB_LET(std::vector<Descriptor> before, signatures.tagged());
  for (const Descriptor& one : before) {
    TB_LET(bool own, signatures.is_of(one, key));
    if (own && !layer) layer = one;
  }
  if (!layer) {
    std::string payload = signing_payload(repository, manifest.digest);
    TB_LET(std::string signature, key.sign(payload));
    TB_LET(layer, push_bytes(client, repository, kSimpleSigning, payload, stop));
    layer->annotations[kSignatureAnnotation] = registry::base64(signature);
  }
  auto add = [&](const registry::Fetched* now) -> Result<std::optional<registry::Fetched>> {
    std::vector<Descriptor> layers;
    if (now != nullptr) {
      TB_LET(Manifest there, Manifest::parse(now->bytes), "in the signatures");
      layers = std::move(there.layers);
    }
    if (std::find(layers.begin(), layers.end(), *layer) != layers.end())
      return std::optional<registry::Fetched>();
    layers.push_back(*layer);
    TB_LET(Manifest artifact, artifact_of(client, repository, std::move(layers), stop));
    std::string json = artifact.json();
    return std::optional(registry::Fetched{{artifact.media_type, Digest::of(json), json.size()}, json});
  };
  TB_TRY(client.revise(by_tag(repository, signature_tag(manifest.digest)), add, stop));
  TB_LET(Manifest referrer, artifact_of(client, repository, {*layer}, stop));
  referrer.artifact_type = kSignatureArtifact;
  referrer.subject = Descriptor{manifest.media_type, manifest.digest, manifest.size};
  return client.push_referrer(repository, referrer, stop);
}

Result<size_t> verify(registry::Client& client, const Reference& repository, const Digest& manifest,
                      const Key& key, std::stop_token stop) {
  Signatures signatures(client, repository, manifest, stop);
  TB_LET(std::vector<Descriptor> layers, signatures.tagged());
  TB_LET(std::vector<Descriptor> referring, signatures.referring());
  layers.insert(layers.end(), referring.begin(), referring.end());
  std::set<std::string> good, all;
  for (const Descriptor& layer : layers) {
    if (layer.media_type != kSimpleSigning) continue;
    std::string name = layer.json();
    if (!all.insert(name).second) continue;
    TB_LET(bool own, signatures.is_of(layer, key));
    if (own) good.insert(name);
  }
  if (!good.empty()) return good.size();
  return Error::make(Code::denied, "{} has no signature of this key for {}", repository.name(),
                     manifest.str())
      .hint(all.empty() ? "it has no signature at all: `tierbuild push --sign KEY` makes one"
                        : fmt::format("it has {} that the key does not verify", all.size()));
}

}  // namespace tierbuild::attest
