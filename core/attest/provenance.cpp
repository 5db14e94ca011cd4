#include "attest/provenance.hpp"

#include "base/strings.hpp"
#include "graph/alignment.hpp"
#include "image/json.hpp"

namespace tierbuild::attest {
namespace {

using Json = image::OrderedJson;

constexpr std::string_view kFile = "file ";

// "mode digest" of a key's field about a file.
std::optional<Digest> digest_in(std::string_view value) {
  size_t blank = value.rfind(' ');
  auto digest = Digest::parse(blank == std::string_view::npos ? value : value.substr(blank + 1));
  if (!digest) return std::nullopt;
  return *digest;
}

std::string base_uri(const graph::Base& base) {
  switch (base.kind) {
    case graph::Base::Kind::registry:
      return "docker://" + base.reference;
    case graph::Base::Kind::layout:
      return "oci:" + base.reference.substr(base.reference.rfind('/') + 1);
    case graph::Base::Kind::debian:
      return fmt::format("pkg:generic/debian@{}?packages={}", base.suite, join(base.packages, ","));
    case graph::Base::Kind::scratch:
      break;
  }
  return {};
}

}  // namespace

std::string without_login(std::string url) {
  size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  size_t start = scheme + 3, end = std::min(url.find_first_of("/?#", start), url.size());
  size_t at = url.rfind('@', end);
  if (at != std::string::npos && at >= start && at < end) url.erase(start, at + 1 - start);
  return url.substr(0, url.find('?'));
}

Result<std::vector<Material>> materials_of(store::Records& records, const graph::Graph& graph,
                                           graph::TargetId target) {
  std::vector<Material> out;
  TB_LET(std::optional<store::ImageRecord> image,
         records.last_image(graph[target].id(), graph[target].platform));
  std::vector<graph::NodeId> nodes = graph::nodes_of(graph, target);
  if (!image || image->steps.size() != 2 * nodes.size())
    return Error::make(Code::not_found, "the records do not say what {} was made of", graph.title(target))
        .hint("build it again");
  for (size_t i = 0; i < nodes.size(); ++i) {
    const graph::Operation& op = graph[nodes[i]].op;
    if (const auto* fetch = std::get_if<graph::Fetch>(&op)) {
      TB_LET(Digest digest, Digest::from_hex(fetch->sha256));
      out.push_back({without_login(fetch->url), digest});
      continue;
    }
    TB_LET(Digest key, Digest::parse(image->steps[2 * i].value));
    TB_LET(std::optional<store::StepRecord> step, records.step_inputs(key));
    if (!step) continue;  // pruned: its layer was found by content
    if (const auto* base = std::get_if<graph::Base>(&op)) {
      Digest made = !step->manifest.empty() ? step->manifest
                    : step->layers.empty()  ? Digest()
                                            : step->layers.back();
      if (!made.empty()) out.push_back({base_uri(*base), made});
    }
    for (const KeyField& field : step->inputs)
      if (auto digest = field.name.starts_with(kFile) ? digest_in(field.value) : std::nullopt)
        out.push_back({"file:" + field.name.substr(kFile.size()), *digest});
  }
  return out;
}

std::string provenance_json(const Provenance& provenance) {
  std::vector<Material> materials = provenance.materials;
  std::sort(materials.begin(), materials.end());
  materials.erase(std::unique(materials.begin(), materials.end()), materials.end());
  Json dependencies = Json::array();
  if (!provenance.revision.empty())
    dependencies.push_back({{"uri", provenance.source.empty() ? "git+file:." : "git+" + provenance.source},
                            {"digest", {{"gitCommit", provenance.revision}}}});
  for (const Material& material : materials)
    dependencies.push_back({{"uri", material.uri}, {"digest", {{"sha256", material.digest.hex()}}}});

  Json parameters;
  parameters["target"] = provenance.target;
  parameters["platform"] = provenance.platform;
  parameters["args"] = Json::object();
  for (const auto& [name, value] : provenance.args) parameters["args"][name] = value;
  parameters["buildfile"] = provenance.buildfile;

  Json definition;
  definition["buildType"] = "urn:tierbuild:build:v1";
  definition["externalParameters"] = std::move(parameters);
  definition["internalParameters"] = {{"SOURCE_DATE_EPOCH", provenance.epoch},
                                      {"compression", provenance.compression}};
  definition["resolvedDependencies"] = std::move(dependencies);

  Json out;
  out["_type"] = "https://in-toto.io/Statement/v1";
  Json subject{{"name", provenance.name}, {"digest", {{"sha256", provenance.manifest.hex()}}}};
  out["subject"] = Json::array({std::move(subject)});
  out["predicateType"] = kSlsaPredicate;
  out["predicate"]["buildDefinition"] = std::move(definition);
  Json builder;
  builder["id"] = "urn:tierbuild:builder";
  builder["version"] = {{"tierbuild", provenance.tool_version}};
  out["predicate"]["runDetails"]["builder"] = std::move(builder);
  return image::dump(out) + "\n";
}

}  // namespace tierbuild::attest
