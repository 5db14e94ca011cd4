#include "project/image_names.hpp"

namespace tierbuild::project {

std::vector<std::string> image_names(const Project& project, const TargetDecl& target) {
  std::string image = target.image.empty() ? target.name : target.image;
  for (size_t at = image.find("{name}"); at != std::string::npos;
       at = image.find("{name}", at + target.name.size()))
    image.replace(at, 6, target.name);
  bool has_own_tag = image.find(':', image.rfind('/') + 1) != std::string::npos;

  std::vector<std::string> names;
  auto name_in = [&](const std::string& prefix, const std::vector<std::string>& registry_tags) {
    std::string base = prefix.empty() ? image : prefix + "/" + image;
    const std::vector<std::string> latest{"latest"};
    const std::vector<std::string>& fallback = registry_tags.empty() ? latest : registry_tags;
    const std::vector<std::string>& tags = target.tags.empty() ? fallback : target.tags;
    if (has_own_tag) names.push_back(base);
    for (const std::string& tag : tags) {
      if (tag.find('/') != std::string::npos) {
        if (std::find(names.begin(), names.end(), tag) == names.end()) names.push_back(tag);
      } else if (!has_own_tag) {
        names.push_back(base + ":" + tag);
      }
    }
  };
  if (project.registries.empty()) name_in("", {});
  for (const RegistryDecl& registry : project.registries) name_in(registry.name, registry.tags);
  return names;
}

}  // namespace tierbuild::project
