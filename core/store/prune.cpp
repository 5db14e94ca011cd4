#include "store/prune.hpp"

#include <unistd.h>

#include "fs/file.hpp"

namespace tierbuild::store {
namespace {

Status forget(Records& records, const PrunePlan& plan) {
  for (const Digest& key : plan.steps) TB_TRY(records.forget_step(key));
  for (const ImageRecord& image : plan.images) TB_TRY(records.forget_image(image.target, image.platform));
  for (const Digest& blob : plan.layer_blobs) TB_TRY(records.forget_blob(blob));
  return {};
}

Status forget_and_commit(Records::Batch& batch, Records& records, const PrunePlan& plan) {
  TB_TRY(forget(records, plan));
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
  Status forgotten = forget_and_commit(*batch, site.records, plan);
  batch.reset();
  // On a full disk the log of the records cannot grow: then blobs make room first. Their records are still
  // due.
  bool full = !forgotten && forgotten.error().code() == Code::no_space;
  if (!forgotten && !full) return std::move(forgotten).error();
  TB_TRY(sweep(site, plan));
  others.gate.reset();
  if (full) {
    TB_LET(batch, site.records.batch());
    TB_TRY(forget_and_commit(*batch, site.records, plan));
  }
  return plan.result;
}

}  // namespace tierbuild::store
