#include "archive/merged_dir.hpp"

#include <unordered_set>

#include "archive/path.hpp"
#include "archive/xattrs.hpp"

namespace tierbuild::archive {
Result<MergedDir> MergedDir::root(const MergedView& view) {
  std::vector<std::string> parts;
  const auto& layers = view.layers_bottom_first();
  for (size_t i = layers.size(); i-- > 0;) {
    parts.push_back(layers[i].native());
    TB_LET(bool opaque, is_opaque(parts.back(), view.user_xattr()));
    if (opaque) break;
  }
  return MergedDir(std::move(parts), view.user_xattr());
}

Result<std::optional<MergedDir::Child>> MergedDir::child(const std::string& name) const {
  std::optional<Child> found;
  for (const std::string& part : parts_) {
    std::string source = join_path(part, name);
    TB_LET(std::optional<struct stat> info, stat_path(source));
    if (!info) continue;
    if (!S_ISDIR(info->st_mode)) {
      if (!found && !is_whiteout(*info)) found = Child{*info, std::move(source), {}};
      break;
    }
    if (!found) found = Child{*info, source, {}};
    TB_LET(bool opaque, is_opaque(source, user_xattr_));
    found->parts.push_back(std::move(source));
    if (opaque) break;
  }
  return found;
}

Result<std::vector<DiskName>> MergedDir::names() const {
  std::vector<DiskName> names;
  std::unordered_set<std::string> seen;
  for (const std::string& part : parts_) {
    TB_LET(std::vector<DiskName> listed, list_names(part));
    for (DiskName& entry : listed)
      if (seen.insert(entry.name).second && entry.kind != DiskName::Kind::whiteout)
        names.push_back(std::move(entry));
  }
  return names;
}

}  // namespace tierbuild::archive
