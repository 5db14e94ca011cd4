// Store: one directory that is an OCI image layout, with records, snapshots, caches and logs beside it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "image/manifest.hpp"
#include "image/reference.hpp"
#include "store/blob_store.hpp"
#include "store/promises.hpp"
#include "store/records.hpp"
#include "store/snapshots.hpp"

namespace tierbuild::store {

struct Usage {
  uint64_t blobs = 0, snapshots = 0, caches = 0, logs = 0, records = 0;  // bytes on disk
  uint64_t evaluations = 0, fingerprints = 0, contexts = 0;
  uint64_t blob_count = 0, snapshot_count = 0, cache_count = 0, evaluation_count = 0, context_count = 0;

  uint64_t bytes() const {
    return blobs + snapshots + caches + logs + records + evaluations + fingerprints + contexts;
  }
  uint64_t reclaimable = 0;  // what `prune` with default options would free
};

struct PruneOptions {
  bool all = false;     // also images and records that the last build of each target still refers to
  bool caches = false;  // also cache mounts, if no other process works on the store
  bool dry_run = false;
  /// Remove snapshots, then steps and images, least recently used first, until blobs and snapshots take no
  /// more.
  std::optional<uint64_t> keep_bytes;
};

struct PruneResult {
  uint64_t bytes = 0;
  uint64_t blobs = 0, snapshots = 0, caches = 0, records = 0, evaluations = 0;
};

struct VerifyProblem {
  std::string what;  // "blob sha256:…", "record …", "snapshot …"
  std::string detail;
  bool repaired = false;
};

class Store {
 public:
  /// $TIERBUILD_STORE, else /var/lib/tierbuild for root, else $XDG_DATA_HOME/tierbuild
  /// (~/.local/share/tierbuild).
  static std::filesystem::path default_path(const Environment& environment);

  /// Opens or creates a store, sweeps what dead processes left in `tmp`, and takes a lease (see lease.hpp). A
  /// directory that holds something else is refused with `invalid`.
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& root);
  ~Store();

  BlobStore& blobs();
  Records& records();
  Snapshots& snapshots();
  /// Notes that a blob can be had from a repository; whoever opens it gets it from there. See promises.hpp.
  Status promise(const Digest& blob, const Promise& promise);
  /// The promise of a blob that is not here.
  std::optional<Promise> promised(const Digest& blob) const;
  /// Whether a blob is here or promised.
  bool holds(const Digest& blob) const;
  void set_bring(Bring bring);
  /// Announces that this process relies on what has this name: see lease.hpp.
  Status use(const Digest& digest);
  /// How many promises turned out to be broken since the store was opened.
  unsigned broken_promises() const;
  const std::filesystem::path& root() const;
  std::filesystem::path tmp() const;     // of this object alone, removed with it; on the store's file system
  std::filesystem::path caches() const;  // cache mounts, `cache/<hash>`
  std::filesystem::path logs() const;
  /// What opening had to say (a damaged database set aside, leftovers swept).
  const std::vector<std::string>& warnings() const;

  /// Makes `name` (an `org.opencontainers.image.ref.name`) point at a manifest or index in index.json.
  /// Atomic, and serialised between processes; other names stay.
  Status set_ref(const std::string& name, const image::Descriptor& target);
  Status set_refs(const std::vector<std::pair<std::string, image::Descriptor>>& refs);
  Result<std::optional<image::Descriptor>> ref(const std::string& name) const;
  Result<std::vector<std::pair<std::string, image::Descriptor>>> refs() const;
  Status remove_ref(const std::string& name);

  Result<Usage> usage();
  /// Mark and sweep; what stays is told at plan_prune. What other living processes (and other Store objects
  /// of this one) have asked for or stored stays, with all that it leads to. What this object alone has used
  /// is not protected: no build may run on it meanwhile. Works on a full disk.
  Result<PruneResult> prune(const PruneOptions& options);
  /// Re-hashes every blob and checks every record; with repair, drops what is damaged so that it is built
  /// anew.
  Result<std::vector<VerifyProblem>> verify(bool repair);

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tierbuild::store
