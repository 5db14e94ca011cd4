#include "store/layout.hpp"

#include "fs/file.hpp"
#include "image/json.hpp"

namespace tierbuild::store {
namespace {

constexpr uint64_t kLargestIndex = 8 << 20;

}  // namespace

Status check_layout(const std::filesystem::path& root) {
  auto text = fs::read_file(root / kLayoutFile, kLargestIndex);
  if (!text) return Error::make(Code::invalid, "{} is not an OCI image layout", root.string());
  TB_LET(image::Json json, image::parse_object(*text, kLayoutFile), "while reading {}", root.string());
  image::Fields fields(json, kLayoutFile);
  std::string version = fields.text("imageLayoutVersion");
  TB_TRY(fields.status());
  if (version.starts_with("1.")) return {};
  return Error::make(Code::invalid, "{} is an image layout of version '{}', not 1", root.string(), version);
}

Result<image::Index> read_index(const std::filesystem::path& root) {
  auto text = fs::read_file(root / kIndexFile, kLargestIndex);
  if (!text && text.error().code() == Code::not_found) return image::Index{};
  if (!text) return std::move(text).error();
  TB_LET(image::Index index, image::Index::parse(*text), "while reading {}", (root / kIndexFile).string());
  return index;
}

Status write_index(const std::filesystem::path& root, const image::Index& index) {
  const std::string json = index.json();
  auto now = fs::read_file(root / kIndexFile, kLargestIndex);
  if (now && *now == json) return {};
  return fs::write_file(root / kIndexFile, json, fs::Sync::yes);
}

std::optional<std::string> ref_name(const image::Descriptor& entry) {
  auto found = entry.annotations.find(kRefName);
  return found == entry.annotations.end() ? std::nullopt : std::optional(found->second);
}

void set_ref_name(image::Index& index, const std::string& name, const image::Descriptor& target) {
  image::Descriptor entry = target;
  entry.annotations[kRefName] = name;
  auto same = [&](const image::Descriptor& other) { return ref_name(other) == name; };
  auto first = std::find_if(index.manifests.begin(), index.manifests.end(), same);
  if (first == index.manifests.end()) {
    index.manifests.push_back(std::move(entry));
    return;
  }
  *first = std::move(entry);
  index.manifests.erase(std::remove_if(first + 1, index.manifests.end(), same), index.manifests.end());
}

}  // namespace tierbuild::store
