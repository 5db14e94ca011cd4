#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "cli/build_flow.hpp"

namespace tierbuild::cli {

// A target's plain name, as bake has it; with its kind where a tier and a service share the name.
static std::string metadata_name(const build::BuildReport& report, const std::string& id) {
  auto plain = [](const std::string& name) { return name.substr(name.find(':') + 1); };
  auto same = std::count_if(report.targets.begin(), report.targets.end(),
                            [&](const build::TargetResult& t) { return plain(t.name) == plain(id); });
  return same > 1 ? id : plain(id);
}

std::string metadata_json(const build::BuildReport& report) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  for (const build::TargetResult& result : report.targets) {
    if (!result.built) continue;
    out[metadata_name(report, result.name)] = {{"containerimage.config.digest", result.config.str()},
                                               {"containerimage.descriptor",
                                                {{"mediaType", result.manifest.media_type},
                                                 {"digest", result.manifest.digest.str()},
                                                 {"size", result.manifest.size}}},
                                               {"containerimage.digest", result.manifest.digest.str()},
                                               {"image.name", join(result.tags, ",")}};
  }
  return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace tierbuild::cli
