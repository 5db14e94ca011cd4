// Listing: what a scan saw, in few bytes, so that the next run compares stats and does nothing else.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fs/mapped_file.hpp"
#include "fs/scan.hpp"
#include "hash/digest.hpp"

namespace tierbuild::fs {

/// The directories that a scan has read, the names and stats of what it selected, and the identity of that
/// tree, in a file of its own. While they stay as they are, another scan finds the same tree with the same
/// content.
class Listing {
 public:
  /// The bytes of such a file. `visited` are those directories below which the selection decides by name what
  /// belongs to it; `rules` names whatever else decides; `moment` is from before the scan. Nothing if
  /// something was touched so shortly before it that an equal stat proves nothing.
  static std::optional<std::string> bytes(std::span<const FileEntry> entries,
                                          std::span<const VisitedDirectory> visited, const Digest& rules,
                                          const Digest& tree, int64_t moment);
  /// Nothing if there is no such file, or one of other rules. Of a damaged one, at least one directory does
  /// not hold, if it can be opened at all.
  static std::optional<Listing> open(const std::filesystem::path& file, const Digest& rules);

  const Digest& tree() const { return tree_; }
  /// How many directories it has.
  size_t size() const { return directories_.size(); }
  /// How many bytes: what it costs to compare them.
  size_t weight() const { return file_.bytes().size(); }
  /// Whether one of them is as it was, below the open directory `root`. Thread-safe.
  bool holds(size_t directory, int root) const;

 private:
  MappedFile file_;
  Digest tree_;
  std::vector<size_t> directories_;  // where each begins
};

/// The first of these sorted entries that is no longer what it was, or null. A directory is what it was as
/// long as it is one. `root` is an open directory.
const FileEntry* find_changed(int root, std::span<const FileEntry> entries);

}  // namespace tierbuild::fs
