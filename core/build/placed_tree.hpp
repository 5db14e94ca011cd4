// PlacedTree: what a stack looks like while files are put on top of it, and the layer that these are.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "archive/merged_view.hpp"
#include "build/layer_plan.hpp"

namespace tierbuild::build {

struct Ids {
  uint32_t uid = 0, gid = 0;
  bool operator==(const Ids&) const = default;
};

/// Paths are relative to the root, which always exists and is none of the layer's. Of what is below, a layer
/// gets the directories that it puts something into, as they are.
class PlacedTree {
 public:
  /// Without a view nothing is below. `mtime` is that of directories which are made.
  PlacedTree(std::optional<archive::MergedView> below, int64_t mtime);

  /// What lies at a path without symlinks on the way; null if there is nothing. It holds until the next
  /// `put`.
  Result<const archive::Entry*> at(const std::string& path);
  /// The path with all symlinks followed below `root`, a path without symlinks, which `..` and absolute ones
  /// do not leave. What does not exist stays as it is written.
  Result<std::string> resolve(std::string_view path, const std::string& root = {});

  /// Makes the directory and those above it that are missing. Fails with `invalid` if something else is
  /// there.
  Status make_directories(const std::string& path, uint32_t mode, Ids owner);
  /// Puts an entry into a directory that is there; it replaces what has its path, but a directory stays the
  /// one that it is and only gets the entry's attributes. Files of one `inode` that are alike become hard
  /// links. Fails with `invalid` for a name that would delete something in a layer.
  Status put(archive::Entry entry, LayerPlan::Content content = {}, const std::string& inode = {});
  /// Another name for a file that was put or is below.
  Status link(const std::string& path, const std::string& target);

  /// All that was put.
  LayerPlan plan() &&;

 private:
  struct Node {
    archive::Entry entry;  // with its path
    LayerPlan::Content content;
    std::string inode;
    bool shows_below = false;  // a directory: what lies in it below is there, too
    bool hides = false;        // what is below at this path is a directory that must not show
  };

  Result<const archive::ViewEntry*> below_at(const std::string& path);
  bool shows_below(const std::string& directory) const;
  Status carry_directories_above(const std::string& path);

  std::optional<archive::MergedView> below_;
  int64_t mtime_;
  archive::Entry root_;
  std::map<std::string, Node> nodes_;
  std::map<std::string, std::optional<archive::ViewEntry>> seen_;  // of what is below, by path
};

}  // namespace tierbuild::build
