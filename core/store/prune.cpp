#include "store/prune.hpp"

#include <unistd.h>

#include "fs/file.hpp"
#include "store/layout.hpp"

namespace tierbuild::store {
namespace {

Status drop_references(const Site& site, const PrunePlan& plan) {
  if (plan.references.empty()) return {};
  TB_LET(FileLock lock, FileLock::acquire(index_lock(site.root), FileLock::Mode::exclusive));
  TB_LET(image::Index index, read_index(site.root));
  std::erase_if(index.manifests, [&](const image::Descriptor& entry) {
    return std::count(plan.references.begin(), plan.references.end(), entry.digest) > 0;
  });
  return write_index(site.root, index);
}

Status forget_records(Records& records, const PrunePlan& plan) {
  for (const Digest& key : plan.steps) TB_TRY(records.forget_step(key));
  for (const ImageRecord& image : plan.images) TB_TRY(records.forget_image(image.target, image.platform));
  for (const Digest& blob : plan.layer_blobs) TB_TRY(records.forget_blob(blob));
  return {};
}

Status forget(const Site& site, Records::Batch& batch, const PrunePlan& plan) {
  TB_TRY(drop_references(site, plan));
  TB_TRY(forget_records(site.records, plan));
  return batch.commit();
}

Status sweep(const Site& site, const PrunePlan& plan) {
  auto blobs = dir_blob_store(site.root);
  for (const Digest& blob : plan.blobs) TB_TRY(blobs->remove(blob));
  for (const std::string& name : plan.snapshots) TB_TRY(site.snapshots.remove(name));
  for (const auto& path : plan.caches) TB_TRY(fs::remove_tree(path));
  for (const auto& path : plan.files) TB_TRY(fs::remove_tree(path));
  return {};
}

}  // namespace

Result<PruneResult> run_prune(const Site& site, const PruneOptions& options) {
  if (options.dry_run) {
    TB_LET(auto others, site.lease.others(Lease::Gate::leave));
    TB_LET(PrunePlan plan, plan_prune(site, options, others));
    return plan.result;
  }
  // The batch before the gate: a process that waits at the gate may have a batch open, never the other way
  // round.
  TB_LET(auto batch, site.records.batch());
  TB_LET(auto others, site.lease.others(Lease::Gate::hold));
  TB_LET(PrunePlan plan, plan_prune(site, options, others));
  Status forgotten = forget(site, *batch, plan);
  batch.reset();
  // On a full disk neither the log of the records nor a new index can be written: then blobs make room first.
  // Their records and names are still due.
  bool full = !forgotten && forgotten.error().code() == Code::no_space;
  if (!forgotten && !full) return std::move(forgotten).error();
  TB_TRY(sweep(site, plan));
  others.gate.reset();
  if (full) {
    TB_LET(batch, site.records.batch());
    TB_TRY(forget(site, *batch, plan));
  }
  return plan.result;
}

}  // namespace tierbuild::store
