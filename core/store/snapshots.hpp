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
#include "store/file_lock.hpp"
#include "store/records.hpp"

namespace tierbuild::store {

/// One directory per layer in overlay form, named by the first 16 hex digits of its diff id, so that dozens
/// of them fit into the one page of options that mount(2) takes. A file `<name>.complete` beside it says that
/// it is whole, of which layer it is, and since which boot: nothing here is flushed, so after a reboot it is
/// made anew. Thread-safe; safe between processes (a lock file per snapshot). With a lease, what is asked for
/// is announced.
class Snapshots {
 public:
  Snapshots(std::filesystem::path root, BlobStore& blobs, Records& records, Lease* lease = nullptr);
  ~Snapshots();

  /// The directory of a layer, unpacked from its blob if it is not there. The unpacked bytes are verified
  /// against the diff id. Parents of files that the layer does not list take their owner and mode from
  /// `below`, the layers under it. Fails with `not_found` if no blob holds the layer, `corrupt`, `no_space`,
  /// `cancelled`.
  Result<std::filesystem::path> acquire(const Digest& diff_id, std::stop_token stop = {},
                                        const archive::MergedView* below = nullptr);
  /// Makes `directory` (the upper directory that a layer was written from, on the same file system) the
  /// layer's snapshot by renaming it. If there is one already, `directory` is removed.
  Status adopt(const Digest& diff_id, const std::filesystem::path& directory);
  bool has(const Digest& diff_id) const;
  /// Removes the snapshot; a missing one is success.
  Status remove(const Digest& diff_id);
  Status remove(const std::string& name);
  /// The names of all snapshots that lie here, whole or not, sorted.
  Result<std::vector<std::string>> names() const;
  /// False for what a dead process left unfinished.
  bool complete(const std::string& name) const;
  static std::string name_of(const Digest& diff_id) { return diff_id.hex().substr(0, 16); }
  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path directory(const std::string& name) const { return root_ / name; }
  std::filesystem::path marker(const std::string& name) const { return root_ / (name + ".complete"); }
  std::filesystem::path lock_file(const std::string& name) const { return root_ / (name + ".lock"); }

  Result<bool> whole(const Digest& diff_id) const;
  Status discard(const std::string& name);
  Status place(const Digest& diff_id, const std::filesystem::path& directory);
  Status unpack(const Digest& diff_id, const std::filesystem::path& into, const archive::MergedView* below,
                std::stop_token stop);

  std::filesystem::path root_;
  BlobStore& blobs_;
  Records& records_;
  Lease* lease_;
};

/// True if overlayfs keeps its marks in `user.overlay.` attributes here: in a user namespace or without root.
bool overlay_uses_user_xattrs();

}  // namespace tierbuild::store
