#include <unordered_set>

#include "store/layout.hpp"
#include "store/promises.hpp"
#include "store/prune.hpp"
#include "store/reach.hpp"

namespace tierbuild::store {
namespace {

class Verifier {
 public:
  Verifier(const Site& site, bool repair) : site_(site), repair_(repair), blobs_(dir_blob_store(site.root)) {}

  Result<std::vector<VerifyProblem>> run() {
    Status whole = site_.records.check();
    if (!whole && whole.error().code() != Code::corrupt) return std::move(whole).error();
    TB_TRY(check_blobs(static_cast<bool>(whole)));
    if (whole) {
      TB_TRY(check_layers());
      TB_TRY(check_steps());
      TB_TRY(check_images());
    } else {
      // The check has marked the file as suspect: the next opening sets it aside.
      problems_.push_back({"records", whole.error().message() + "; the next start begins new ones", repair_});
    }
    TB_TRY(check_index());
    TB_TRY(check_snapshots());
    return std::move(problems_);
  }

 private:
  // Notes a problem, and with repair drops what has it.
  template <class Drop>
  Status problem(std::string what, std::string detail, Drop drop) {
    if (repair_) TB_TRY(drop());
    problems_.push_back({std::move(what), std::move(detail), repair_});
    return {};
  }

  bool good(const Digest& blob) const { return !damaged_.contains(blob) && blobs_->has(blob); }
  // Not here, and not missed: it comes when it is opened.
  bool promised(const Digest& blob) const {
    auto promise = blobs_->has(blob) ? Result<std::optional<Promise>>(std::optional<Promise>())
                                     : promise_of(site_.records, blob);
    return promise && *promise;
  }
  std::string lack_of(const Digest& document) const;

  Status check_blobs(bool records_whole);
  Status check_layers();
  Status check_steps();
  Status check_images();
  Status check_index();
  Status check_snapshots();

  const Site& site_;
  bool repair_;
  std::unique_ptr<BlobStore> blobs_;  // announces nothing
  std::unordered_set<Digest> damaged_;
  std::unordered_set<Digest> layers_;  // diff ids that a good blob holds
  std::vector<VerifyProblem> problems_;
};

Status Verifier::check_blobs(bool records_whole) {
  std::vector<std::pair<Digest, std::string>> found;
  TB_TRY(blobs_->each([&](const Digest& digest, uint64_t) -> Status {
    auto fd = blobs_->open(digest);
    if (!fd) {
      if (fd.error().code() != Code::not_found) found.emplace_back(digest, fd.error().message());
      return {};
    }
    auto real = digest_of_fd(fd->get());
    if (!real) found.emplace_back(digest, real.error().message());
    if (real && *real != digest) found.emplace_back(digest, "its bytes are " + real->str());
    return {};
  }));
  for (auto& [digest, detail] : found) {
    damaged_.insert(digest);
    const Digest& blob = digest;
    TB_TRY(problem("blob " + digest.str(), detail, [&]() -> Status {
      if (records_whole) TB_TRY(site_.records.forget_blob(blob));
      return blobs_->remove(blob);
    }));
  }
  return {};
}

Status Verifier::check_layers() {
  TB_LET(auto records, site_.records.layers());
  for (const LayerRecord& record : records) {
    const Digest& blob = record.blob.digest;
    auto size = blobs_->size(blob);
    std::string detail;
    if (!good(blob) && !promised(blob))
      detail = fmt::format("blob {} is missing or damaged", blob.str());
    else if (size && *size != record.blob.size)
      detail = fmt::format("blob {} has {} bytes instead of {}", blob.str(), *size, record.blob.size);
    if (detail.empty())
      layers_.insert(record.diff_id);
    else
      TB_TRY(problem("record of layer " + record.diff_id.str(), detail,
                     [&] { return site_.records.forget_blob(blob); }));
  }
  return {};
}

Status Verifier::check_steps() {
  TB_LET(auto steps, site_.records.steps());
  for (const StepRecord& step : steps) {
    std::string detail;
    for (const Digest& blob : {step.config, step.manifest})
      if (!blob.empty() && !good(blob) && !promised(blob))
        detail = fmt::format("blob {} is missing or damaged", blob.str());
    for (const Digest& layer : step.layers)
      if (!layers_.contains(layer)) detail = fmt::format("no good blob holds its layer {}", layer.str());
    if (!detail.empty())
      TB_TRY(problem(fmt::format("record of step {} ({})", step.target, step.key.short_hex()), detail,
                     [&] { return site_.records.forget_step(step.key); }));
  }
  return {};
}

// What an image lacks, in words; nothing if it is whole.
std::string Verifier::lack_of(const Digest& document) const {
  for (const Digest& blob : reach_of(*blobs_, document).blobs)
    if (!good(blob) && !promised(blob)) return fmt::format("blob {} is missing or damaged", blob.str());
  return {};
}

Status Verifier::check_images() {
  TB_LET(auto images, site_.records.images());
  for (const ImageRecord& image : images)
    if (std::string lack = lack_of(image.manifest.digest); !lack.empty())
      TB_TRY(problem(fmt::format("record of image {} for {}", image.target, image.platform.str()), lack,
                     [&] { return site_.records.forget_image(image.target, image.platform); }));
  return {};
}

Status Verifier::check_index() {
  TB_LET(FileLock lock, FileLock::acquire(index_lock(site_.root), FileLock::Mode::exclusive));
  auto index = read_index(site_.root);
  if (!index && index.error().code() != Code::corrupt) return std::move(index).error();
  if (!index)
    return problem(kIndexFile, index.error().message(),
                   [&] { return write_index(site_.root, image::Index{}); });
  image::Index whole = *index;
  whole.manifests.clear();
  for (const image::Descriptor& entry : index->manifests) {
    std::string lack = lack_of(entry.digest);
    if (lack.empty())
      whole.manifests.push_back(entry);
    else
      TB_TRY(problem("reference " + ref_name(entry).value_or(entry.digest.str()), lack,
                     [] { return Status(); }));
  }
  return repair_ ? write_index(site_.root, whole) : Status();
}

Status Verifier::check_snapshots() {
  TB_LET(auto others, site_.lease.others(Lease::Gate::leave));
  TB_LET(auto names, site_.snapshots.names());
  if (others.count != 0) return {};  // one that is not complete may be on its way
  for (const std::string& name : names)
    if (!site_.snapshots.complete(name))
      TB_TRY(problem("snapshot " + name, "it is not complete", [&] { return site_.snapshots.remove(name); }));
  return {};
}

}  // namespace

Result<std::vector<VerifyProblem>> run_verify(const Site& site, bool repair) {
  return Verifier(site, repair).run();
}

}  // namespace tierbuild::store
