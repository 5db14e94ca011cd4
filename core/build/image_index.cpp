#include "build/image_index.hpp"

#include "image/manifest.hpp"

namespace tierbuild::build {

Result<std::vector<IndexResult>> make_indexes(store::Store& store, const graph::Graph& graph,
                                              const std::vector<TargetResult>& targets) {
  std::vector<IndexResult> groups;
  for (size_t i = 0; i < targets.size(); ++i) {
    std::string name = graph[targets[i].target].id();
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const IndexResult& other) { return other.name == name; });
    if (group == groups.end())
      groups.push_back({std::move(name), {}, targets[i].tags, {i}});
    else
      group->images.push_back(i);
  }
  std::erase_if(groups, [&](const IndexResult& group) {
    return group.images.size() < 2 ||
           std::any_of(group.images.begin(), group.images.end(), [&](size_t i) { return !targets[i].built; });
  });
  for (IndexResult& group : groups) {
    image::Index index;
    for (size_t i : group.images) {
      image::Descriptor entry = targets[i].manifest;
      entry.platform = graph[targets[i].target].platform;
      index.manifests.push_back(std::move(entry));
    }
    if (index.manifests.front().media_type == image::kDockerManifest) index.media_type = image::kDockerIndex;
    std::string json = index.json();
    TB_LET(Digest digest, store.blobs().put(json));
    group.manifest = {index.media_type, digest, json.size()};
  }
  return groups;
}

Result<std::vector<image::Descriptor>> images_of(store::Store& store, const image::Descriptor& manifest) {
  if (!image::is_index(manifest.media_type)) return std::vector{manifest};
  TB_LET(std::string json, store.blobs().read(manifest.digest));
  TB_LET(image::Index index, image::Index::parse(json));
  return std::move(index.manifests);
}

}  // namespace tierbuild::build
