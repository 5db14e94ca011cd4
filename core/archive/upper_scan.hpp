// Private: finds what an upper directory changes on top of its lower layers.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "archive/disk_entry.hpp"
#include "archive/merged_dir.hpp"
#include "base/result.hpp"

namespace tierbuild::archive {

/// A member of the layer to be; small, as a step may leave millions.
struct Change {
  enum class What : uint8_t { entry, whiteout, opaque };
  uint32_t parent;  // index of the directory that it is in
  What what = What::entry;
  bool emit = false;  // changed itself, or a parent of a change
  std::string name;
};

class UpperScan {
 public:
  enum class Upper : uint8_t { settle, leave };
  struct Options {
    bool user_xattr = false;
    std::string prefix;             // where the tree lies in the layer
    std::set<std::string> exclude;  // paths in the layer
    /// Upper::settle takes what never enters the layer away from `upper`, and gives unchanged entries the
    /// times that they have below.
    Upper upper = Upper::settle;
    std::stop_token stop;
  };

  UpperScan(std::string upper, Options options) : upper_(std::move(upper)), options_(std::move(options)) {}

  /// Scans `upper` against `lower` (without one everything is new). Fails with `invalid` for names that the
  /// layer format reserves.
  Status run(const std::optional<MergedDir>& lower);

  /// In the order of the layer; the first is the root directory, which is never emitted here.
  const std::vector<Change>& changes() const { return changes_; }
  /// The path of a change below `upper`; of a whiteout, of the name that it hides.
  std::string path_of(size_t index) const;

 private:
  struct Item;
  using Lower = std::optional<MergedDir>;
  Status scan_directory(const std::string& path, uint32_t self, const Lower& lower);
  Result<Item> look(const std::string& path, const std::string& name, const Lower& lower) const;
  /// Gives the index of the change that was added, 0 if there is none.
  Result<uint32_t> scan_entry(const Item& item, uint32_t parent);
  Status scan_content(const Item& item, uint32_t self);
  Result<bool> differs(const Item& item) const;
  Status settle_unchanged(const Item& item) const;
  Status drop(const Item& item) const;
  /// A socket outlives no step; a whiteout takes the place of what it stood on.
  Status drop_socket(const Item& item) const;
  uint32_t add(uint32_t parent, Change::What what, std::string name);
  void emit(uint32_t index);

  const std::string upper_;
  const Options options_;
  std::vector<Change> changes_;
  std::map<std::pair<uint64_t, uint64_t>, std::vector<uint32_t>> links_;  // changes that share an inode
};

/// True if type, mode, owner, xattrs, content, link target and device numbers are the same; times do not
/// count.
Result<bool> same_entry(const std::string& one, const struct stat& one_info, const std::string& two,
                        const struct stat& two_info, const std::stop_token& stop);
/// Sets the mtime, symlinks not followed.
Status set_mtime(const std::string& file, timespec mtime);

}  // namespace tierbuild::archive
