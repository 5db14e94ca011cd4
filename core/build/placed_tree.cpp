#include "build/placed_tree.hpp"

#include "base/strings.hpp"
#include "fs/root_path.hpp"

namespace tierbuild::build {

using archive::Entry;
using archive::EntryType;
using archive::ViewEntry;
using fs::last_name;
using fs::parent_path;

namespace {

Error not_a_directory(const std::string& path) {
  return Error::make(Code::invalid, "'/{}' is in the image and is not a directory", printable(path));
}

}  // namespace

PlacedTree::PlacedTree(std::optional<archive::MergedView> below, int64_t mtime)
    : below_(std::move(below)), mtime_(mtime) {
  root_.type = EntryType::directory;
  root_.mode = 0755;
}

// Asked for paths whose directories were asked for before.
bool PlacedTree::shows_below(const std::string& directory) const {
  if (directory.empty()) return below_.has_value();
  if (auto node = nodes_.find(directory); node != nodes_.end()) return node->second.shows_below;
  auto seen = seen_.find(directory);
  return seen != seen_.end() && seen->second && seen->second->entry.type == EntryType::directory;
}

Result<const ViewEntry*> PlacedTree::below_at(const std::string& path) {
  auto [seen, is_new] = seen_.try_emplace(path);
  if (is_new) {
    TB_LET(seen->second, below_->lookup(path));
  }
  return seen->second ? &*seen->second : nullptr;
}

Result<const Entry*> PlacedTree::at(const std::string& path) {
  if (path.empty()) return &root_;
  if (auto node = nodes_.find(path); node != nodes_.end()) return &node->second.entry;
  std::string above(parent_path(path));
  if (!above.empty()) {
    TB_LET(const Entry* directory, at(above));
    if (directory == nullptr || directory->type != EntryType::directory) return nullptr;
  }
  if (!shows_below(above)) return nullptr;
  TB_LET(const ViewEntry* found, below_at(path));
  return found == nullptr ? nullptr : &found->entry;
}

Result<std::string> PlacedTree::resolve(std::string_view path, const std::string& root) {
  std::string prefix = root.empty() ? root : root + "/";
  auto link_at = [&](const std::string& below_root) -> Result<std::optional<std::string>> {
    TB_LET(const Entry* entry, at(prefix + below_root));
    bool is_link = entry != nullptr && entry->type == EntryType::symlink;
    return is_link ? std::optional(entry->link) : std::nullopt;
  };
  TB_LET(std::string found, fs::root_path(path, link_at));
  return found.empty() ? root : prefix + found;
}

Status PlacedTree::make_directories(const std::string& path, uint32_t mode, Ids owner) {
  for (size_t end = 0; end != path.size();) {
    end = std::min(path.find('/', end == 0 ? 0 : end + 1), path.size());
    std::string directory = path.substr(0, end);
    TB_LET(const Entry* found, at(directory));
    if (found != nullptr && found->type != EntryType::directory) return not_a_directory(directory);
    if (found != nullptr) continue;
    Entry entry;
    entry.path = std::move(directory);
    entry.type = EntryType::directory;
    entry.mode = mode;
    entry.uid = owner.uid;
    entry.gid = owner.gid;
    entry.mtime = mtime_;
    TB_TRY(put(std::move(entry)));
  }
  return {};
}

// The directories of what is below that a path stands in: a layer without them would change them.
Status PlacedTree::carry_directories_above(const std::string& path) {
  for (std::string above(parent_path(path)); !above.empty() && !nodes_.contains(above);
       above = parent_path(above)) {
    TB_LET(const Entry* found, at(above));
    if (found == nullptr || found->type != EntryType::directory) return not_a_directory(above);
    Node node{*found, {}, {}, true, false};
    nodes_.emplace(above, std::move(node));
  }
  return {};
}

Status PlacedTree::put(Entry entry, LayerPlan::Content content, const std::string& inode) {
  std::string path = entry.path;
  if (last_name(path).starts_with(archive::kWhiteoutPrefix))
    return Error::make(Code::invalid, "'/{}' cannot be in an image: in layers such a name deletes files",
                       printable(path));
  TB_LET(const Entry* found, at(path));
  bool was_directory = found != nullptr && found->type == EntryType::directory;
  TB_TRY(carry_directories_above(path));
  bool is_directory = entry.type == EntryType::directory;
  if (was_directory && !is_directory)
    nodes_.erase(nodes_.lower_bound(path + "/"), nodes_.lower_bound(path + "0"));  // '0' comes behind '/'
  Node node{std::move(entry), std::move(content), inode, false, false};
  auto known = nodes_.find(path);
  if (is_directory && was_directory) {
    node.shows_below = shows_below(path);
    node.hides = known != nodes_.end() && known->second.hides;
  } else if (known != nodes_.end()) {
    node.hides = known->second.hides || known->second.shows_below;
  } else {
    node.hides = was_directory;
  }
  nodes_.insert_or_assign(std::move(path), std::move(node));
  return {};
}

Status PlacedTree::link(const std::string& path, const std::string& target) {
  TB_LET(const Entry* found, at(target));
  if (found == nullptr || found->type == EntryType::directory)
    return Error::make(Code::corrupt, "'{}' is a hard link to '{}', which is not there", printable(path),
                       printable(target));
  if (path == target) return {};
  Entry entry = *found;
  entry.path = path;
  LayerPlan::Content content;
  std::string inode;
  if (auto node = nodes_.find(target); node != nodes_.end()) {
    if (node->second.inode.empty()) node->second.inode = "file " + target;
    content = node->second.content;
    inode = node->second.inode;
  } else if (entry.type == EntryType::file) {
    TB_LET(const ViewEntry* file, below_at(target));
    content = LayerPlan::File{file->source};
  }
  return put(std::move(entry), std::move(content), inode);
}

LayerPlan PlacedTree::plan() && {
  LayerPlan plan;
  std::map<std::string, std::string> first;  // path of each inode
  // What once was another kind of thing below must not let a directory beneath show through.
  for (auto& [path, node] : nodes_) {
    if (!node.inode.empty()) {
      auto [link, is_new] = first.try_emplace(node.inode, path);
      if (!is_new) {
        node.entry.type = EntryType::hardlink;
        node.entry.link = link->second;
        node.entry.size = 0;
        node.entry.xattrs.clear();
        node.content = std::monostate();
      }
    }
    if (node.hides && node.entry.type == EntryType::directory) {
      Entry marker;
      marker.path = path + "/" + archive::kOpaqueMarker;
      marker.mtime = node.entry.mtime;
      plan.add(std::move(marker), std::string());
    }
    plan.add(std::move(node.entry), std::move(node.content));
  }
  nodes_.clear();
  return plan;
}

}  // namespace tierbuild::build
