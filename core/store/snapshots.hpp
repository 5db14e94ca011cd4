// Snapshots: layers unpacked as directories, made only when a step must stand on them.
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <vector>

#include "archive/layer_reader.hpp"
#include "base/result.hpp"
#include "hash/digest.hpp"
#include "store/blob_store.hpp"
#include "store/records.hpp"

namespace tierbuild::store {

/// One directory per layer in overlay form, named by the first 16 hex digits of its diff id, so that dozens
/// of them fit into the one page of options that mount(2) takes. Thread-safe; safe between processes (a lock
/// file per snapshot; a directory without its `.complete` marker beside it is removed and made anew).
class Snapshots {
 public:
  Snapshots(std::filesystem::path root, BlobStore& blobs, Records& records);
  ~Snapshots();

  /// The directory of a layer, unpacked from its blob if it is not there. The unpacked bytes are verified
  /// against the diff id. Fails with `not_found` if no blob holds the layer, `corrupt`, `no_space`,
  /// `cancelled`.
  Result<std::filesystem::path> acquire(const Digest& diff_id, std::stop_token stop = {});
  /// Makes `directory` (the upper directory that a layer was written from, on the same file system) the
  /// layer's snapshot by renaming it. If there is one already, `directory` is removed.
  Status adopt(const Digest& diff_id, const std::filesystem::path& directory);
  bool has(const Digest& diff_id) const;
  Status remove(const Digest& diff_id);
  Result<std::vector<std::string>> names() const;
  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
  BlobStore& blobs_;
  Records& records_;
};

}  // namespace tierbuild::store
