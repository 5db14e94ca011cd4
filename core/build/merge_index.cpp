#include "build/merge_index.hpp"

#include "image/config.hpp"

namespace tierbuild::build {
namespace {

using image::Descriptor;

bool is_image(const Descriptor& entry) {
  return entry.platform && entry.platform->os != "unknown";
}

/// The images that the tag has now.
Result<std::vector<Descriptor>> images_at(registry::Client& client, const image::Reference& tag,
                                          const registry::Fetched& now, const std::stop_token& stop) {
  if (image::is_index(now.descriptor.media_type)) {
    TB_LET(image::Index index, image::Index::parse(now.bytes));
    std::erase_if(index.manifests, [](const Descriptor& entry) { return !is_image(entry); });
    return std::move(index.manifests);
  }
  TB_LET(image::Manifest manifest, image::Manifest::parse(now.bytes));
  std::string json;
  TB_TRY(client.blob(
      tag, manifest.config,
      [&](std::string_view piece) -> Status {
        json += piece;
        return {};
      },
      stop));
  TB_LET(image::Config config, image::Config::parse(json));
  Descriptor entry = now.descriptor;
  entry.platform = config.platform;
  return std::vector{std::move(entry)};
}

}  // namespace

Result<Descriptor> merge_index(registry::Client& client, const image::Reference& tag,
                               const std::vector<Descriptor>& own,
                               const std::function<Status(const Descriptor&)>& before, std::stop_token stop) {
  Descriptor made;
  auto change = [&](const registry::Fetched* now) -> Result<std::optional<registry::Fetched>> {
    image::Index index;
    index.manifests = own;
    if (own.front().media_type == image::kDockerManifest) index.media_type = image::kDockerIndex;
    if (now != nullptr) {
      TB_LET(std::vector<Descriptor> there, images_at(client, tag, *now, stop), "in what {} is now",
             tag.str());
      for (Descriptor& entry : there) {
        bool replaced = std::any_of(own.begin(), own.end(),
                                    [&](const Descriptor& one) { return one.platform == entry.platform; });
        if (!replaced) index.manifests.push_back(std::move(entry));
      }
    }
    // The order of the machines does not show.
    std::sort(index.manifests.begin(), index.manifests.end(),
              [](const Descriptor& a, const Descriptor& b) { return a.platform->str() < b.platform->str(); });
    std::string json = index.json();
    made = {index.media_type, Digest::of(json), json.size()};
    if (now != nullptr && now->descriptor.digest == made.digest) return std::optional<registry::Fetched>();
    TB_TRY(before(made));
    return std::optional(registry::Fetched{made, std::move(json)});
  };
  TB_TRY(client.revise(tag, change, stop), "while merging {}", tag.familiar());
  return made;
}

}  // namespace tierbuild::build
