// Private: the files of a tree, written into a directory that nothing of it leaves.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "git/objects.hpp"

namespace tierbuild::git {

/// Caps that stop small packs of large trees.
struct TreeLimits {
  uint64_t bytes = 64ull << 30;
  uint64_t entries = 5'000'000;
};

class TreeWriter {
 public:
  /// Called for a submodule with its path, its commit and a new directory for it.
  using OnSubmodule = std::function<Status(const std::string& path, const ObjectId& commit, int directory)>;

  /// `limits` are what is left of them.
  TreeWriter(const Objects& objects, TreeLimits& limits, const std::stop_token& stop,
             OnSubmodule on_submodule)
      : objects_(objects), limits_(limits), stop_(stop), on_submodule_(std::move(on_submodule)) {}

  /// Fails with `corrupt` for names that are none, or that are there twice.
  Status write(const ObjectId& tree, int directory) { return write(tree, directory, "", 0); }

 private:
  Status write(const ObjectId& tree, int directory, const std::string& path, int depth);
  Status place(const NamedEntry& entry, int directory, const std::string& path, int depth);
  Status place_file(const NamedEntry& entry, int directory, const std::string& path);
  Status place_link(const NamedEntry& entry, int directory, const std::string& path);
  Status place_directory(const NamedEntry& entry, int directory, const std::string& path, int depth);
  Result<std::string> content(const NamedEntry& entry);

  const Objects& objects_;
  TreeLimits& limits_;
  const std::stop_token& stop_;
  OnSubmodule on_submodule_;
};

}  // namespace tierbuild::git
