// Private: which names of a flat tree this layer has brought, so that its whiteouts spare them.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_set>

namespace tierbuild::archive {

/// Kept as hashes: a collision can only spare a name from a whiteout, and costs no security.
class UnpackedNames {
 public:
  void add(uint64_t parent_inode, std::string_view name);
  bool has(uint64_t parent_inode, std::string_view name) const;
  /// Adds an open directory and all that it lies in.
  void add_directory(int directory);
  bool has_directory(uint64_t inode) const;

 private:
  std::unordered_set<uint64_t> hashes_;
};

}  // namespace tierbuild::archive
