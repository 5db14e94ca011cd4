// Which blobs, snapshots and records a prune removes: the mark phase, without any removal.
#pragma once

#include <filesystem>
#include <unordered_set>
#include <vector>

#include "store/lease.hpp"
#include "store/store.hpp"

namespace tierbuild::store {

/// The parts of a store that a prune or a verification works on.
struct Site {
  const std::filesystem::path& root;
  const Lease& lease;
  Records& records;
  Snapshots& snapshots;

  std::filesystem::path blob_file(const Digest& digest) const {
    return root / "blobs" / "sha256" / digest.hex();
  }
};

struct PrunePlan {
  std::vector<Digest> blobs;
  std::vector<std::string> snapshots;
  std::vector<Digest> steps;
  std::vector<ImageRecord> images;
  std::vector<Digest> layer_blobs;            // whose layer records go
  std::vector<Digest> references;             // whose entries in index.json go
  std::vector<std::filesystem::path> caches;  // cache mounts
  std::vector<std::filesystem::path> files;   // databases that were set aside, evaluations
  PruneResult result;
};

/// What stays:
/// - what index.json leads to, named or not, and what another living process has announced; the name that a
///   build gave to the image of a target's record counts as a part of that record;
/// - unless `all`: the image record of every target with what it leads to, and for every step of a target the
/// record
///   used last with its layers (within the hour that uses are kept to);
/// - records of steps all of whose layers stay because of an image;
/// - snapshots of layers that stay; with `all` only those that are announced.
/// `keep_bytes` then removes snapshots, and after them steps and images, the least recently used first, until
/// blobs and snapshots together take no more than that; the first kind above stays even so. Cache mounts go
/// only if asked for and no other process lives; evaluations with `all`, and when none has used them for a
/// month.
Result<PrunePlan> plan_prune(const Site& site, const PruneOptions& options, const Lease::Others& others);

}  // namespace tierbuild::store
