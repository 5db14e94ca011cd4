// Listing: what a scan saw, in few bytes, so that the next run compares stats and does nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fs/scan.hpp"
#include "hash/digest.hpp"

namespace tierbuild::fs {

/// The directories that a scan has read, the names and stats of what it selected, and the identity of that
/// tree. While they stay as they are, another scan finds the same tree with the same content.
class Listing {
 public:
  /// `visited` are those directories below which the selection decides by name what belongs to it; `moment`
  /// is from before the scan. Nothing if something was touched so shortly before it that an equal stat proves
  /// nothing.
  static std::optional<Listing> of(std::span<const FileEntry> entries,
                                   std::span<const VisitedDirectory> visited, const Digest& tree,
                                   int64_t moment);
  /// Nothing for bytes that are no listing, or a damaged one.
  static std::optional<Listing> parse(std::string bytes);

  const std::string& bytes() const { return bytes_; }
  const Digest& tree() const { return tree_; }
  /// How many directories it has.
  size_t size() const { return directories_.size(); }
  /// Whether one of them is as it was, below the open directory `root`. Thread-safe.
  bool holds(size_t directory, int root) const;

 private:
  std::string bytes_;
  Digest tree_;
  std::vector<size_t> directories_;  // where each begins
};

/// The first of these sorted entries that is no longer what it was, or null. A directory is what it was as
/// long as it is one. `root` is an open directory.
const FileEntry* find_changed(int root, std::span<const FileEntry> entries);

}  // namespace tierbuild::fs
