#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "cli/build_flow.hpp"

namespace tierbuild::cli {

// A target's plain name, as bake has it; with its kind where a tier and a service share the name.
static std::string metadata_name(const build::BuildReport& report, const std::string& id) {
  auto plain = [](const std::string& name) { return name.substr(name.find(':') + 1); };
  bool shared = std::any_of(
      report.targets.begin(), report.targets.end(),
      [&](const build::TargetResult& other) { return other.name != id && plain(other.name) == plain(id); });
  return shared ? id : plain(id);
}

Status fill_configs(store::Store& store, build::BuildReport& report) {
  for (build::TargetResult& result : report.targets) {
    if (!result.built || !result.config.empty() || !store.blobs().has(result.manifest.digest)) continue;
    TB_LET(std::string json, store.blobs().read(result.manifest.digest));
    TB_LET(image::Manifest manifest, image::Manifest::parse(json));
    result.config = manifest.config.digest;
  }
  return {};
}

std::string metadata_json(const build::BuildReport& report, MetadataOf of) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  for (const build::TargetResult& result : report.targets) {
    if (!result.built) continue;
    auto index = std::find_if(report.indexes.begin(), report.indexes.end(),
                              [&](const build::IndexResult& one) { return one.name == result.name; });
    auto& entry = of == MetadataOf::image ? out : out[metadata_name(report, result.name)];
    // Of several platforms, the index has the plain keys; those of each image end in its platform.
    std::string suffix =
        index == report.indexes.end() ? "" : "/" + result.manifest.platform.value_or(image::Platform()).str();
    const image::Descriptor& whole = suffix.empty() ? result.manifest : index->manifest;
    if (!suffix.empty()) entry["containerimage.digest" + suffix] = result.manifest.digest.str();
    entry["containerimage.config.digest" + suffix] = result.config.str();
    entry["containerimage.descriptor"] = {
        {"mediaType", whole.media_type}, {"digest", whole.digest.str()}, {"size", whole.size}};
    entry["containerimage.digest"] = whole.digest.str();
    entry["image.name"] = join(result.tags, ",");
  }
  return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace tierbuild::cli
