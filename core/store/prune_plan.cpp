#include "store/prune_plan.hpp"

#include <sys/stat.h>

#include <ctime>
#include <unordered_map>

#include "fs/file.hpp"
#include "store/directory.hpp"
#include "store/layout.hpp"
#include "store/reach.hpp"
#include "store/sql_records.hpp"

namespace tierbuild::store {
namespace {

namespace stdfs = std::filesystem;
using Digests = std::unordered_set<Digest>;

// Something that keeps blobs and layers: an image's record, a step's record, or (pinned) what may never go.
struct Root {
  enum class Kind { pinned, image, step } kind = Kind::pinned;
  size_t record = 0;  // index of the step or image
  int64_t used_ms = 0;
  bool kept = true;
  std::vector<Digest> blobs;
  std::vector<Digest> diff_ids;
};

struct Snapshot {
  std::string name;
  int64_t used_ms = 0;
  uint64_t bytes = 0;
  bool kept = false, announced = false;
};

class Planner {
 public:
  Planner(const Site& site, const PruneOptions& options, const Lease::Others& others)
      : site_(site), options_(options), others_(others), blobs_(dir_blob_store(site.root)) {}

  Result<PrunePlan> plan() {
    TB_TRY(load());
    mark_pinned();
    mark_images();
    mark_steps();
    TB_TRY(mark_snapshots());
    if (options_.keep_bytes) evict(*options_.keep_bytes);
    TB_TRY(collect());
    TB_TRY(collect_files());
    return std::move(plan_);
  }

 private:
  Status load();
  void mark_pinned();
  bool stands_with(const Digests& built, const image::Descriptor& entry);
  void mark_images();
  void mark_steps();
  Status mark_snapshots();
  void evict(uint64_t keep);
  Status collect();
  Status collect_files();

  bool announced(const Digest& digest) const { return others_.digests.contains(digest); }
  void lead_to(Root& root, const Digest& document) const;
  void stand_on(Root& root, const Digest& diff_id) const;
  Digests kept_blobs() const;
  std::unordered_set<std::string> kept_names() const;

  const Site& site_;
  const PruneOptions& options_;
  const Lease::Others& others_;
  std::unique_ptr<BlobStore> blobs_;  // announces nothing

  std::unordered_map<Digest, uint64_t> sizes_;
  std::unordered_multimap<Digest, Digest> blobs_of_;  // diff id → blobs
  std::vector<LayerRecord> layers_;
  std::vector<StepRecord> steps_;
  std::vector<ImageRecord> images_;
  image::Index index_;
  std::vector<std::pair<Digest, std::vector<Digest>>> made_indexes_;  // and their images
  std::vector<Root> roots_;
  std::vector<Snapshot> snapshots_;
  PrunePlan plan_;
};

constexpr time_t kHour = 3600;
constexpr time_t kSeenKept = 30 * 24 * kHour;

bool is_older(const stdfs::path& file, time_t seconds) {
  struct stat status {};
  return ::lstat(file.c_str(), &status) == 0 && status.st_mtime + seconds < ::time(nullptr);
}

void append(std::vector<Digest>& to, const std::vector<Digest>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

Status Planner::load() {
  TB_TRY(blobs_->each([&](const Digest& digest, uint64_t) -> Status {
    sizes_[digest] = file_blocks(site_.blob_file(digest));
    return {};
  }));
  TB_LET(layers_, site_.records.layers());
  TB_LET(steps_, site_.records.steps());
  TB_LET(images_, site_.records.images());
  TB_LET(index_, read_index(site_.root));
  for (const LayerRecord& layer : layers_) blobs_of_.emplace(layer.diff_id, layer.blob.digest);
  return {};
}

void Planner::lead_to(Root& root, const Digest& document) const {
  Reach reach = reach_of(*blobs_, document);
  append(root.blobs, reach.blobs);
  append(root.diff_ids, reach.diff_ids);
}

void Planner::stand_on(Root& root, const Digest& diff_id) const {
  root.diff_ids.push_back(diff_id);
  auto [at, end] = blobs_of_.equal_range(diff_id);
  for (; at != end; ++at) root.blobs.push_back(at->second);
}

// The index of a target's images for several platforms stays as long as they do.
bool Planner::stands_with(const Digests& built, const image::Descriptor& entry) {
  if (!image::is_index(entry.media_type)) return false;
  auto json = blobs_->read(entry.digest);
  auto index = json ? image::Index::parse(*json) : Result<image::Index>(std::move(json).error());
  if (!index || index->manifests.empty()) return false;
  std::vector<Digest> images;
  for (const image::Descriptor& one : index->manifests) images.push_back(one.digest);
  if (!std::all_of(images.begin(), images.end(), [&](const Digest& one) { return built.contains(one); }))
    return false;
  made_indexes_.emplace_back(entry.digest, std::move(images));
  return true;
}

void Planner::mark_pinned() {
  Root pinned;
  Digests built;
  for (const ImageRecord& image : images_) built.insert(image.manifest.digest);
  for (const image::Descriptor& entry : index_.manifests)
    if (!built.contains(entry.digest) && !stands_with(built, entry)) lead_to(pinned, entry.digest);
  for (const Digest& digest : others_.digests) {
    if (sizes_.contains(digest)) lead_to(pinned, digest);
    stand_on(pinned, digest);  // no more than itself if it is no diff id
  }
  roots_.push_back(std::move(pinned));
}

void Planner::mark_images() {
  const Digests pinned(roots_[0].blobs.begin(), roots_[0].blobs.end());
  for (size_t i = 0; i < images_.size(); ++i) {
    const ImageRecord& image = images_[i];
    Root root{Root::Kind::image, i, image.used_ms, true, {}, {}};
    if (announced(image_name(image.target, image.platform)) || pinned.contains(image.manifest.digest))
      root.kind = Root::Kind::pinned;
    else if (options_.all)
      root.kept = false;
    if (root.kept) lead_to(root, image.manifest.digest);
    if (!root.kept) plan_.images.push_back(image);
    roots_.push_back(std::move(root));
  }
}

void Planner::mark_steps() {
  Digests standing;
  for (const Root& root : roots_)
    if (root.kept) standing.insert(root.diff_ids.begin(), root.diff_ids.end());
  std::unordered_map<std::string_view, int64_t> newest;
  for (const StepRecord& step : steps_) {
    int64_t& used = newest[step.target];
    used = std::max(used, step.used_ms);
  }
  for (size_t i = 0; i < steps_.size(); ++i) {
    const StepRecord& step = steps_[i];
    Root root{Root::Kind::step, i, step.used_ms, true, {}, {}};
    auto stands = [&](const Digest& diff_id) { return standing.contains(diff_id); };
    bool of_image = !step.layers.empty() && std::all_of(step.layers.begin(), step.layers.end(), stands);
    bool last = !options_.all && step.used_ms + kUseGranularity >= newest[step.target];
    if (announced(step.key)) root.kind = Root::Kind::pinned;
    root.kept = root.kind == Root::Kind::pinned || of_image || last;
    if (root.kept) {
      for (const Digest& diff_id : step.layers) stand_on(root, diff_id);
      if (!step.manifest.empty()) lead_to(root, step.manifest);
      if (!step.config.empty()) root.blobs.push_back(step.config);
    } else {
      plan_.steps.push_back(step.key);
    }
    roots_.push_back(std::move(root));
  }
}

Status Planner::mark_snapshots() {
  std::unordered_set<std::string> in_use, standing = kept_names();
  for (const Digest& digest : others_.digests) in_use.insert(Snapshots::name_of(digest));
  TB_LET(auto names, site_.snapshots.names());
  for (std::string& name : names) {
    Snapshot snapshot;
    snapshot.announced = in_use.contains(name);
    bool stands = !options_.all && standing.contains(name) && site_.snapshots.complete(name);
    snapshot.kept = snapshot.announced || stands;
    struct stat status {};
    if (::stat((site_.snapshots.root() / (name + ".complete")).c_str(), &status) == 0)
      snapshot.used_ms = status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1'000'000;
    if (!snapshot.kept || options_.keep_bytes) {
      auto bytes = fs::disk_usage(site_.snapshots.root() / name);
      snapshot.bytes = bytes ? *bytes : 0;
    }
    snapshot.name = std::move(name);
    snapshots_.push_back(std::move(snapshot));
  }
  return {};
}

Digests Planner::kept_blobs() const {
  Digests kept;
  for (const Root& root : roots_)
    if (root.kept) kept.insert(root.blobs.begin(), root.blobs.end());
  for (const auto& [index, images] : made_indexes_)
    if (std::all_of(images.begin(), images.end(), [&](const Digest& one) { return kept.contains(one); }))
      kept.insert(index);
  return kept;
}

std::unordered_set<std::string> Planner::kept_names() const {
  std::unordered_set<std::string> names;
  for (const Root& root : roots_)
    if (root.kept)
      for (const Digest& diff_id : root.diff_ids) names.insert(Snapshots::name_of(diff_id));
  return names;
}

void Planner::evict(uint64_t keep) {
  std::unordered_map<Digest, unsigned> holders;
  uint64_t total = 0;
  for (Root& root : roots_) {
    if (!root.kept) continue;
    std::sort(root.blobs.begin(), root.blobs.end());
    root.blobs.erase(std::unique(root.blobs.begin(), root.blobs.end()), root.blobs.end());
    for (const Digest& blob : root.blobs)
      if (auto size = sizes_.find(blob); size != sizes_.end() && holders[blob]++ == 0) total += size->second;
  }
  std::vector<Snapshot*> snapshots;
  for (Snapshot& snapshot : snapshots_)
    if (snapshot.kept) {
      total += snapshot.bytes;
      if (!snapshot.announced) snapshots.push_back(&snapshot);
    }
  auto older = [](const auto* a, const auto* b) { return a->used_ms < b->used_ms; };
  std::stable_sort(snapshots.begin(), snapshots.end(), older);
  for (Snapshot* snapshot : snapshots) {
    if (total <= keep) return;
    snapshot->kept = false;
    total -= snapshot->bytes;
  }
  std::vector<Root*> roots;
  for (Root& root : roots_)
    if (root.kept && root.kind != Root::Kind::pinned) roots.push_back(&root);
  std::stable_sort(roots.begin(), roots.end(), older);
  for (Root* root : roots) {
    if (total <= keep) return;
    root->kept = false;
    for (const Digest& blob : root->blobs)
      if (auto size = sizes_.find(blob); size != sizes_.end() && --holders[blob] == 0) total -= size->second;
    if (root->kind == Root::Kind::step)
      plan_.steps.push_back(steps_[root->record].key);
    else
      plan_.images.push_back(images_[root->record]);
  }
}

Status Planner::collect() {
  const Digests kept = kept_blobs();
  const auto names = kept_names();
  PruneResult& result = plan_.result;
  for (auto [digest, size] : sizes_)
    if (!kept.contains(digest)) {
      plan_.blobs.push_back(digest);
      result.bytes += size;
    }
  for (const Snapshot& snapshot : snapshots_)
    if (!snapshot.kept) {
      plan_.snapshots.push_back(snapshot.name);
      result.bytes += snapshot.bytes;
    }
  for (const image::Descriptor& entry : index_.manifests)
    if (!kept.contains(entry.digest)) plan_.references.push_back(entry.digest);
  Digests forgotten;
  for (const LayerRecord& layer : layers_) {
    bool lazy = !sizes_.contains(layer.blob.digest) && names.contains(Snapshots::name_of(layer.diff_id));
    if (!kept.contains(layer.blob.digest) && !lazy && forgotten.insert(layer.blob.digest).second)
      plan_.layer_blobs.push_back(layer.blob.digest);
  }
  result.blobs = plan_.blobs.size();
  result.snapshots = plan_.snapshots.size();
  result.records = plan_.steps.size() + plan_.images.size() + plan_.layer_blobs.size();
  return {};
}

Status Planner::collect_files() {
  TB_LET(auto files, list_directory(site_.root));
  for (stdfs::path& file : files) {
    std::string name = file.filename().string();
    bool unfinished = name.starts_with(kUnfinished) && is_older(file, kHour);
    if (unfinished || name.starts_with("records.db.damaged-")) plan_.files.push_back(std::move(file));
  }
  for (const char* directory : {kEvaluations, kListings}) {
    TB_LET(auto seen, list_directory_if_any(site_.root / directory));
    for (stdfs::path& file : seen) {
      if (!options_.all && !is_older(file, kSeenKept)) continue;
      plan_.files.push_back(std::move(file));
      plan_.result.evaluations += directory == kEvaluations ? 1 : 0;
    }
  }
  for (const char* directory : {kContexts, kClones}) {
    TB_LET(auto found, list_directory_if_any(site_.root / directory));
    for (stdfs::path& path : found) {
      auto name = Digest::from_hex(path.filename().string());
      bool in_use = !name || announced(*name) || (directory == kClones && others_.count > 0);
      if (!in_use && (options_.all || is_older(path, kSeenKept))) plan_.files.push_back(std::move(path));
    }
  }
  if (options_.caches && others_.count == 0) {
    TB_LET(plan_.caches, list_directory(site_.root / "cache"));
    plan_.result.caches =
        static_cast<uint64_t>(std::count_if(plan_.caches.begin(), plan_.caches.end(),
                                            [](const auto& path) { return is_there_as_directory(path); }));
  }
  for (const auto* paths : {&plan_.files, &plan_.caches})
    for (const stdfs::path& path : *paths) {
      TB_LET(uint64_t bytes, fs::disk_usage(path));
      plan_.result.bytes += bytes;
    }
  return {};
}

}  // namespace

Result<PrunePlan> plan_prune(const Site& site, const PruneOptions& options, const Lease::Others& others) {
  return Planner(site, options, others).plan();
}

}  // namespace tierbuild::store
