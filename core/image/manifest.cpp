#include "image/manifest.hpp"

#include "image/json.hpp"

namespace tierbuild::image {
namespace {

OrderedJson to_json(const Platform& platform) {
  OrderedJson json;
  json["architecture"] = platform.architecture;
  json["os"] = platform.os;
  if (!platform.variant.empty()) json["variant"] = platform.variant;
  return json;
}

OrderedJson to_json(const Descriptor& descriptor) {
  OrderedJson json;
  json["mediaType"] = descriptor.media_type;
  json["digest"] = descriptor.digest.str();
  json["size"] = descriptor.size;
  if (!descriptor.artifact_type.empty()) json["artifactType"] = descriptor.artifact_type;
  if (!descriptor.annotations.empty()) json["annotations"] = descriptor.annotations;
  if (descriptor.platform) json["platform"] = to_json(*descriptor.platform);
  return json;
}

OrderedJson to_json(const std::vector<Descriptor>& descriptors) {
  OrderedJson json = OrderedJson::array();
  for (const Descriptor& descriptor : descriptors) json.push_back(to_json(descriptor));
  return json;
}

Result<Descriptor> descriptor_of(const Json& json) {
  Fields fields(json, "descriptor");
  Descriptor descriptor;
  descriptor.media_type = fields.text("mediaType");
  if (descriptor.media_type.empty()) fields.fail("it has no 'mediaType'");
  descriptor.digest = fields.digest("digest");
  int64_t size = fields.integer("size");
  if (size < 0) fields.fail("'size' is negative");
  descriptor.size = static_cast<uint64_t>(size);
  descriptor.annotations = fields.map("annotations");
  descriptor.artifact_type = fields.text("artifactType");
  if (fields.has("platform")) {
    Fields part(fields.object("platform"), "platform");
    Platform platform{part.text("os"), part.text("architecture"), part.text("variant")};
    TB_TRY(part.status());
    descriptor.platform = platform.normalised();
  }
  TB_TRY(fields.status());
  return descriptor;
}

Result<std::vector<Descriptor>> descriptors_of(const Json& list) {
  std::vector<Descriptor> out;
  for (const Json& item : list) {
    TB_LET(Descriptor descriptor, descriptor_of(item));
    out.push_back(std::move(descriptor));
  }
  return out;
}

// The media type that the document states, or `fallback` where OCI lets it out.
std::string media_type_of(Fields& fields, const char* fallback, bool (*accepted)(std::string_view)) {
  if (fields.integer("schemaVersion") != 2) fields.fail("'schemaVersion' is not 2");
  if (!fields.has("mediaType")) return fallback;
  std::string type = fields.text("mediaType");
  if (!accepted(type)) fields.fail(fmt::format("'mediaType' is '{}'", type));
  return type;
}

bool is_attestation(const Descriptor& descriptor) {
  return (descriptor.platform && descriptor.platform->os == "unknown") ||
         descriptor.annotations.contains("vnd.docker.reference.type");
}

}  // namespace

bool is_index(std::string_view media_type) {
  return media_type == kOciIndex || media_type == kDockerIndex;
}
bool is_manifest(std::string_view media_type) {
  return media_type == kOciManifest || media_type == kDockerManifest;
}

std::string Descriptor::json() const {
  return dump(to_json(*this));
}

Result<Descriptor> Descriptor::parse(std::string_view json) {
  TB_LET(Json document, parse_object(json, "descriptor"));
  return descriptor_of(document);
}

std::string Manifest::json() const {
  OrderedJson json;
  json["schemaVersion"] = 2;
  json["mediaType"] = media_type;
  if (!artifact_type.empty()) json["artifactType"] = artifact_type;
  json["config"] = to_json(config);
  json["layers"] = to_json(layers);
  if (subject) json["subject"] = to_json(*subject);
  if (!annotations.empty()) json["annotations"] = annotations;
  return dump(json);
}

Result<Manifest> Manifest::parse(std::string_view json) {
  TB_LET(Json document, parse_object(json, "manifest"));
  Fields fields(document, "manifest");
  Manifest manifest;
  manifest.media_type = media_type_of(fields, kOciManifest, is_manifest);
  if (document.contains("manifests")) fields.fail("it has 'manifests' as an index has");
  if (document.contains("fsLayers")) fields.fail("it has 'fsLayers' as docker's schema 1 has");
  if (!fields.has("config") || !fields.has("layers")) fields.fail("it has no 'config' or no 'layers'");
  manifest.annotations = fields.map("annotations");
  manifest.artifact_type = fields.text("artifactType");
  const Json& config = fields.object("config");
  const Json& layers = fields.list("layers");
  TB_TRY(fields.status());
  TB_LET(manifest.config, descriptor_of(config), "in the manifest's config");
  TB_LET(manifest.layers, descriptors_of(layers), "in the manifest's layers");
  if (fields.has("subject")) {
    TB_LET(manifest.subject, descriptor_of(fields.object("subject")), "in the manifest's subject");
    TB_TRY(fields.status());
  }
  return manifest;
}

std::string Index::json() const {
  OrderedJson json;
  json["schemaVersion"] = 2;
  json["mediaType"] = media_type;
  json["manifests"] = to_json(manifests);
  if (!annotations.empty()) json["annotations"] = annotations;
  return dump(json);
}

Result<Index> Index::parse(std::string_view json) {
  TB_LET(Json document, parse_object(json, "index"));
  Fields fields(document, "index");
  Index index;
  index.media_type = media_type_of(fields, kOciIndex, is_index);
  for (const char* foreign : {"config", "layers", "fsLayers"})
    if (document.contains(foreign)) fields.fail(fmt::format("it has '{}' as a manifest has", foreign));
  if (!document.contains("manifests")) fields.fail("it has no 'manifests'");
  index.annotations = fields.map("annotations");
  const Json& manifests = fields.list("manifests");
  TB_TRY(fields.status());
  TB_LET(index.manifests, descriptors_of(manifests), "in the index's manifests");
  return index;
}

Result<Descriptor> Index::choose(const Platform& platform) const {
  const Platform wanted = platform.normalised();
  const Descriptor* best = nullptr;
  std::vector<std::string> others;
  for (const Descriptor& entry : manifests) {
    if (!entry.platform || is_attestation(entry)) continue;
    others.push_back(entry.platform->str());
    if (!entry.platform->matches(wanted)) continue;
    bool exact = entry.platform->variant == wanted.variant;
    if (best == nullptr || (exact && best->platform->variant != wanted.variant)) best = &entry;
  }
  if (best != nullptr) return *best;
  return Error::make(Code::not_found, "there is no image for {}; there are: {}", wanted.str(),
                     others.empty() ? "none" : fmt::format("{}", fmt::join(others, ", ")));
}

}  // namespace tierbuild::image
