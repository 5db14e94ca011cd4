#include "store/store.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <unordered_map>

#include "base/strings.hpp"
#include "fs/file.hpp"
#include "store/directory.hpp"
#include "store/layout.hpp"
#include "store/lease.hpp"
#include "store/prune.hpp"

namespace tierbuild::store {
namespace {

namespace stdfs = std::filesystem;

constexpr const char* kRecordsFile = "records.db";
constexpr std::array kDirectories{"blobs", "blobs/sha256", "snapshots", "cache", "logs", "tmp", "leases"};

// A directory without `oci-layout` may become a store if it is empty, or if a store was begun in it.
Status refuse_foreign(const stdfs::path& root) {
  auto files = list_directory(root);
  if (!files && files.error().code() == Code::not_found) return {};
  if (!files) return std::move(files).error();
  for (const stdfs::path& file : *files) {
    std::string name = file.filename().string();
    bool ours = name == "lost+found" || name.starts_with(kUnfinished) || name == kIndexFile ||
                name.starts_with(kRecordsFile) || name.starts_with(kLayoutFile) ||
                std::find(kDirectories.begin(), kDirectories.end(), name) != kDirectories.end();
    if (!ours)
      return Error::make(Code::invalid, "{} is not a store: it holds '{}'", root.string(), printable(name))
          .hint("name an empty or a new directory");
  }
  return {};
}

Status make_store(const stdfs::path& root) {
  TB_TRY(refuse_foreign(root));
  TB_TRY(fs::make_directories(root));
  for (const char* name : kDirectories) TB_TRY(fs::make_directories(root / name));
  TB_LET(FileLock lock, FileLock::acquire(index_lock(root), FileLock::Mode::exclusive));
  if (!is_there(root / kIndexFile)) TB_TRY(write_index(root, image::Index{}));
  return fs::write_file(root / kLayoutFile, kLayoutText, fs::Sync::yes);
}

Result<uint64_t> usage_of(const stdfs::path& directory, uint64_t& directories) {
  TB_LET(auto files, list_directory(directory));
  for (const stdfs::path& file : files) directories += is_there_as_directory(file) ? 1 : 0;
  return fs::disk_usage(directory);
}

// Whether all these names lead where they should.
bool has_refs(const image::Index& index, const std::vector<std::pair<std::string, image::Descriptor>>& refs) {
  std::unordered_map<std::string, const image::Descriptor*> entries;
  for (const image::Descriptor& entry : index.manifests)
    if (auto name = ref_name(entry)) entries.try_emplace(*name, &entry);
  return std::all_of(refs.begin(), refs.end(), [&](const auto& ref) {
    image::Descriptor wanted = ref.second;
    wanted.annotations[kRefName] = ref.first;
    auto entry = entries.find(ref.first);
    return entry != entries.end() && *entry->second == wanted;
  });
}

}  // namespace

struct Store::State {
  stdfs::path root;
  std::vector<std::string> warnings;
  std::unique_ptr<Lease> lease;
  std::unique_ptr<PromisedBlobs> blobs;
  std::unique_ptr<Records> records;
  std::unique_ptr<Snapshots> snapshots;

  Site site() const { return {root, *lease, *records, *snapshots}; }

  // Changes index.json under its lock.
  template <class Change>
  Status change_index(Change change) {
    TB_LET(FileLock lock, FileLock::acquire(index_lock(root), FileLock::Mode::exclusive));
    TB_LET(image::Index index, read_index(root));
    change(index);
    return write_index(root, index);
  }
};

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::~Store() = default;

stdfs::path Store::default_path(const Environment& environment) {
  auto set = [&](const char* name) { return environment.get(name).value_or(""); };
  if (auto store = set("TIERBUILD_STORE"); !store.empty()) return store;
  if (::geteuid() == 0) return "/var/lib/tierbuild";
  if (auto data = set("XDG_DATA_HOME"); data.starts_with('/')) return stdfs::path(data) / "tierbuild";
  return stdfs::path(set("HOME")) / ".local/share/tierbuild";
}

Result<std::unique_ptr<Store>> Store::open(const stdfs::path& path) {
  auto state = std::make_unique<State>();
  std::error_code failure;
  state->root = stdfs::absolute(path, failure).lexically_normal();
  const stdfs::path& root = state->root;
  if (is_there(root / kLayoutFile)) {
    TB_TRY(check_layout(root), "while opening the store {}", root.string());
    // Directories are missing if the layout was made by another program.
    for (const char* name : kDirectories)
      if (::mkdir((root / name).c_str(), 0755) != 0 && errno != EEXIST)
        return Error::os(errno, "cannot make {}", (root / name).string());
  } else {
    TB_TRY(make_store(root), "while making the store {}", root.string());
  }
  TB_LET(state->lease, Lease::take(root));
  TB_LET(unsigned swept, state->lease->sweep_dead());
  if (swept != 0) state->warnings.push_back(fmt::format("swept the leftovers of {} interrupted runs", swept));
  std::string warning;
  TB_LET(state->records, open_records(root / kRecordsFile, &warning, state->lease.get()));
  if (!warning.empty()) state->warnings.push_back(warning);
  state->blobs = std::make_unique<PromisedBlobs>(dir_blob_store(root, state->lease.get()), *state->records);
  state->snapshots =
      std::make_unique<Snapshots>(root / "snapshots", *state->blobs, *state->records, state->lease.get());
  return std::unique_ptr<Store>(new Store(std::move(state)));
}

BlobStore& Store::blobs() {
  return *state_->blobs;
}
Records& Store::records() {
  return *state_->records;
}
Snapshots& Store::snapshots() {
  return *state_->snapshots;
}
Status Store::promise(const Digest& blob, const Promise& promise) {
  return state_->blobs->promise(blob, promise);
}
std::optional<Promise> Store::promised(const Digest& blob) const {
  return state_->blobs->has(blob) ? std::nullopt : state_->blobs->promised(blob);
}
bool Store::holds(const Digest& blob) const {
  return state_->blobs->has(blob) || state_->blobs->promised(blob);
}
void Store::set_bring(Bring bring) {
  state_->blobs->set_bring(std::move(bring));
}
unsigned Store::broken_promises() const {
  return state_->blobs->broken();
}
const stdfs::path& Store::root() const {
  return state_->root;
}
stdfs::path Store::caches() const {
  return state_->root / "cache";
}
stdfs::path Store::logs() const {
  return state_->root / "logs";
}
const std::vector<std::string>& Store::warnings() const {
  return state_->warnings;
}

stdfs::path Store::tmp() const {
  // If it cannot be made, whoever makes a file in it gets the error.
  std::ignore = state_->lease->tmp();
  return state_->lease->tmp_path();
}

Status Store::set_ref(const std::string& name, const image::Descriptor& target) {
  return set_refs({{name, target}});
}

Status Store::set_refs(const std::vector<std::pair<std::string, image::Descriptor>>& refs) {
  TB_LET(image::Index now, read_index(state_->root));
  if (has_refs(now, refs)) return {};
  return state_->change_index([&](image::Index& index) {
    for (const auto& [name, target] : refs) set_ref_name(index, name, target);
  });
}

Status Store::remove_ref(const std::string& name) {
  return state_->change_index([&](image::Index& index) {
    std::erase_if(index.manifests, [&](const image::Descriptor& entry) { return ref_name(entry) == name; });
  });
}

Result<std::vector<std::pair<std::string, image::Descriptor>>> Store::refs() const {
  TB_LET(image::Index index, read_index(state_->root));
  std::vector<std::pair<std::string, image::Descriptor>> refs;
  for (image::Descriptor& entry : index.manifests)
    if (auto name = ref_name(entry)) {
      entry.annotations.erase(kRefName);
      refs.emplace_back(*name, std::move(entry));
    }
  return refs;
}

Result<std::optional<image::Descriptor>> Store::ref(const std::string& name) const {
  TB_LET(auto all, refs());
  for (auto& [other, target] : all)
    if (other == name) return std::optional(std::move(target));
  return std::optional<image::Descriptor>();
}

Status Store::use(const Digest& digest) {
  return state_->lease->use(digest);
}

Result<Usage> Store::usage() {
  const stdfs::path& root = state_->root;
  Usage usage;
  uint64_t none = 0;
  TB_TRY(dir_blob_store(root)->each([&](const Digest&, uint64_t) -> Status {
    ++usage.blob_count;
    return {};
  }));
  TB_LET(usage.blobs, fs::disk_usage(root / "blobs"));
  TB_LET(usage.snapshots, usage_of(root / "snapshots", usage.snapshot_count));
  TB_LET(usage.caches, usage_of(caches(), usage.cache_count));
  TB_LET(usage.logs, usage_of(logs(), none));
  for (const auto& entry : stdfs::directory_iterator(root))
    if (entry.path().filename().string().starts_with(kRecordsFile))
      usage.records += file_blocks(entry.path());
  TB_LET(auto evaluations, list_directory_if_any(root / kEvaluations));
  usage.evaluation_count = evaluations.size();
  for (const stdfs::path& file : evaluations) usage.evaluations += file_blocks(file);
  TB_LET(auto listings, list_directory_if_any(root / kListings));
  usage.fingerprints = file_blocks(root / kFingerprints);
  for (const stdfs::path& file : listings) usage.fingerprints += file_blocks(file);
  for (const char* directory : {kContexts, kClones}) {
    TB_LET(auto found, list_directory_if_any(root / directory));
    if (directory == kContexts) usage.context_count = found.size();
    for (const stdfs::path& path : found) {
      TB_LET(uint64_t bytes, fs::disk_usage(path));
      usage.contexts += bytes;
    }
  }
  TB_LET(PruneResult prune, run_prune(state_->site(), {false, false, true, std::nullopt}));
  usage.reclaimable = prune.bytes;
  return usage;
}

Result<PruneResult> Store::prune(const PruneOptions& options) {
  std::ignore = state_->lease->sweep_dead();
  return run_prune(state_->site(), options);
}

Result<std::vector<VerifyProblem>> Store::verify(bool repair) {
  return run_verify(state_->site(), repair);
}

}  // namespace tierbuild::store
