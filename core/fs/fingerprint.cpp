#include "fs/fingerprint.hpp"

#include <fcntl.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <unordered_map>

#include "base/unique_fd.hpp"
#include "fs/fingerprint_file.hpp"
#include "fs/settled.hpp"

namespace tierbuild::fs {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr uint32_t kDaysKept = 30;
constexpr uint32_t kDaysBetweenMarks = 7;  // the day of use is brought up to date this often

uint32_t today() {
  return static_cast<uint32_t>(now_ns() / (24 * 3600 * kSecond));
}

Error changed(const std::filesystem::path& path) {
  return Error::make(Code::failed, "{} changed while it was read", path.string())
      .hint("something writes to it during the build: stop that, or exclude the file");
}

/// Hashes what is left of an open file.
Result<Digest> hash_rest(int fd, const std::filesystem::path& path) {
  Sha256 hash;
  std::array<char, 64 * 1024> buffer;
  ssize_t size;
  while ((size = ::read(fd, buffer.data(), buffer.size())) != 0) {
    if (size > 0)
      hash.update({buffer.data(), static_cast<size_t>(size)});
    else if (errno != EINTR)
      break;
  }
  if (size < 0) return Error::os(errno, "cannot read {}", path.string());
  return hash.finish();
}

/// The digest of the file's bytes, if it is the one of this stat before and after.
Result<Digest> read_digest(const std::filesystem::path& path, const FileStat& stat) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd && errno == ELOOP) return changed(path);
  if (!fd) return Error::os(errno, "cannot open {}", path.string());
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return Error::os(errno, "cannot stat {}", path.string());
  if (file_stat(info) != stat) return changed(path);
  TB_LET(Digest digest, hash_rest(fd.get(), path));
  if (::fstat(fd.get(), &info) != 0) return Error::os(errno, "cannot stat {}", path.string());
  if (file_stat(info) != stat) return changed(path);
  return digest;
}

struct HashId {
  size_t operator()(const std::pair<uint64_t, uint64_t>& id) const {
    return id.second ^ (id.first * 0x9E3779B97F4A7C15);
  }
};

/// What one run adds; in parts, so that readers rarely wait for each other.
struct Shard {
  mutable std::mutex mutex;
  std::unordered_map<std::pair<uint64_t, uint64_t>, FingerprintRecord, HashId> records;
};

class FileFingerprintCache final : public FingerprintCache {
 public:
  FileFingerprintCache(std::filesystem::path file, std::vector<FingerprintRecord> loaded)
      : file_(std::move(file)), loaded_(std::move(loaded)), used_(loaded_.size()) {}

  std::optional<Digest> known(const FileEntry& entry) const override {
    if (entry.type == FileType::symlink) return Digest::of(entry.link);
    if (entry.type == FileType::directory) return Digest();
    if (auto found = find_loaded(entry.stat)) return found;
    const Shard& shard = shard_of(entry.stat);
    std::lock_guard lock(shard.mutex);
    auto found = shard.records.find({entry.stat.device, entry.stat.inode});
    if (found == shard.records.end() || !found->second.is_of(entry.stat)) return std::nullopt;
    return Digest(found->second.content);
  }

  Result<Digest> digest(const std::filesystem::path& root, const FileEntry& entry) override {
    if (std::optional<Digest> found = known(entry)) return *found;
    int64_t moment = now_ns();
    ++files_read_;
    TB_LET(Digest content, read_digest(root / entry.path, entry.stat));
    if (is_settled(entry.stat, moment)) remember(entry.stat, content);
    return content;
  }

  Status save() override {
    if (file_.empty() || !changed_.exchange(false)) return {};
    Status status = store_fingerprints(file_, current());
    if (!status) changed_ = true;
    return status;
  }

  uint64_t files_read() const override { return files_read_; }

 private:
  const Shard& shard_of(const FileStat& stat) const { return shards_[stat.inode % shards_.size()]; }
  Shard& shard_of(const FileStat& stat) { return shards_[stat.inode % shards_.size()]; }

  std::optional<Digest> find_loaded(const FileStat& stat) const {
    auto at =
        std::lower_bound(loaded_.begin(), loaded_.end(), std::pair(stat.device, stat.inode),
                         [](const FingerprintRecord& record, const auto& id) { return record.id() < id; });
    if (at == loaded_.end() || !at->is_of(stat)) return std::nullopt;
    used_[static_cast<size_t>(at - loaded_.begin())].store(true, std::memory_order_relaxed);
    if (at->last_used + kDaysBetweenMarks < today_) changed_.store(true, std::memory_order_relaxed);
    return Digest(at->content);
  }

  void remember(const FileStat& stat, const Digest& content) {
    FingerprintRecord record{.device = stat.device,
                             .inode = stat.inode,
                             .size = stat.size,
                             .mtime_ns = stat.mtime_ns,
                             .ctime_ns = stat.ctime_ns,
                             .mode = stat.mode,
                             .last_used = today_,
                             .content = content.bytes()};
    Shard& shard = shard_of(stat);
    std::lock_guard lock(shard.mutex);
    shard.records[record.id()] = record;
    changed_ = true;
  }

  /// All records worth keeping; a new one takes the place of an old one of the same file.
  std::vector<FingerprintRecord> current() const {
    auto by_id = [](const FingerprintRecord& a, const FingerprintRecord& b) { return a.id() < b.id(); };
    std::vector<FingerprintRecord> added, kept, merged;
    for (const Shard& shard : shards_) {
      std::lock_guard lock(shard.mutex);
      for (const auto& [id, record] : shard.records) added.push_back(record);
    }
    std::sort(added.begin(), added.end(), by_id);
    for (size_t i = 0; i < loaded_.size(); ++i) {
      kept.push_back(loaded_[i]);
      if (used_[i]) kept.back().last_used = today_;
      if (kept.back().last_used + kDaysKept < today_) kept.pop_back();
    }
    std::set_union(added.begin(), added.end(), kept.begin(), kept.end(), std::back_inserter(merged), by_id);
    return merged;
  }

  const std::filesystem::path file_;
  const std::vector<FingerprintRecord> loaded_;
  const uint32_t today_ = today();
  mutable std::vector<std::atomic<bool>> used_;  // of each loaded record
  mutable std::atomic<bool> changed_ = false;
  std::array<Shard, 16> shards_;
  std::atomic<uint64_t> files_read_ = 0;
};

}  // namespace

std::unique_ptr<FingerprintCache> FingerprintCache::open(const std::filesystem::path& file) {
  return std::make_unique<FileFingerprintCache>(file, load_fingerprints(file));
}

std::unique_ptr<FingerprintCache> FingerprintCache::memory() {
  return std::make_unique<FileFingerprintCache>(std::filesystem::path(), std::vector<FingerprintRecord>());
}

}  // namespace tierbuild::fs
