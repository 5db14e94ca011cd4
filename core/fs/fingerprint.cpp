#include "fs/fingerprint.hpp"

#include <fcntl.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
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

Error changed(const std::string& path) {
  return Error::make(Code::failed, "{} changed while it was read", path)
      .hint("something writes to it during the build: stop that, or exclude the file");
}

/// Hashes an open file that should have so many bytes; `check` sees the same bytes.
Result<Digest> hash_file(int fd, uint64_t expected, const std::string& path, ContentCheck* check) {
  Sha256 hash;
  std::array<char, 64 * 1024> buffer;
  uint64_t done = 0;
  // Whether that was all, the stat tells afterwards; only where it says no size, a read must.
  while (expected == 0 || done < expected) {
    ssize_t size = ::read(fd, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Error::os(errno, "cannot read {}", path);
    if (size == 0) break;
    hash.update({buffer.data(), static_cast<size_t>(size)});
    if (check != nullptr) check->update({buffer.data(), static_cast<size_t>(size)});
    done += static_cast<uint64_t>(size);
  }
  return hash.finish();
}

/// The digest of the file's bytes, if it has this stat after they were read: then it had it before as well.
Result<Digest> read_digest(const std::string& path, const FileStat& stat, ContentCheck* check) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd && errno == ELOOP) return changed(path);
  if (!fd) return Error::os(errno, "cannot open {}", path);
  Result<Digest> digest = hash_file(fd.get(), stat.size, path, check);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return Error::os(errno, "cannot stat {}", path);
  if (file_stat(info) != stat) return changed(path);
  return digest;
}

/// Names of content have records too, under a stat that no file has.
FileStat stat_of(const ContentName& name, uint64_t size) {
  FileStat stat{.device = UINT64_MAX, .inode = 0, .size = size, .mtime_ns = 0, .ctime_ns = 0, .mode = 0};
  uint32_t rest = 0;
  static_assert(sizeof stat.inode + sizeof stat.mtime_ns + sizeof rest == sizeof name);
  std::memcpy(&stat.inode, name.data(), sizeof stat.inode);
  std::memcpy(&stat.mtime_ns, name.data() + sizeof stat.inode, sizeof stat.mtime_ns);
  std::memcpy(&rest, name.data() + sizeof stat.inode + sizeof stat.mtime_ns, sizeof rest);
  stat.ctime_ns = rest;
  return stat;
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
  FileFingerprintCache() = default;
  FileFingerprintCache(std::filesystem::path file, std::unique_ptr<ContentNames> names)
      : file_(std::move(file)),
        names_(std::move(names)),
        kept_(file_),
        loaded_(kept_.records()),
        used_(loaded_.size()) {}

  std::optional<Digest> known(const FileEntry& entry) const override {
    if (entry.type == FileType::symlink) return Digest::of(entry.link);
    if (entry.type == FileType::directory) return Digest();
    return find(entry.stat);
  }

  Result<Digest> digest(const std::filesystem::path& root, const FileEntry& entry) override {
    if (std::optional<Digest> found = known(entry)) return *found;
    int64_t moment = now_ns();
    std::optional<ContentName> name = names_ ? names_->name(root, entry) : std::nullopt;
    std::optional<Digest> content = name ? find(stat_of(*name, entry.stat.size)) : std::nullopt;
    if (!content) {
      ++files_read_;
      std::unique_ptr<ContentCheck> check = name ? names_->check(*name, entry.stat.size) : nullptr;
      TB_LET(content, read_digest(root.string() + '/' + entry.path, entry.stat, check.get()));
      if (check && check->holds()) remember(stat_of(*name, entry.stat.size), *content);
    }
    if (is_settled(entry.stat, moment)) remember(entry.stat, *content);
    return *content;
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

  std::optional<Digest> find(const FileStat& stat) const {
    if (auto found = find_loaded(stat)) return found;
    const Shard& shard = shard_of(stat);
    std::lock_guard lock(shard.mutex);
    auto found = shard.records.find({stat.device, stat.inode});
    if (found == shard.records.end() || !found->second.is_of(stat)) return std::nullopt;
    return Digest(found->second.content);
  }

  std::optional<Digest> find_loaded(const FileStat& stat) const {
    auto at =
        std::lower_bound(loaded_.begin(), loaded_.end(), std::pair(stat.device, stat.inode),
                         [](const FingerprintRecord& record, const auto& id) { return record.id() < id; });
    if (at == loaded_.end() || !at->is_of(stat) || !at->is_whole()) return std::nullopt;
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
                             .content = content.bytes(),
                             .check = 0};
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
      if (!loaded_[i].is_whole()) continue;
      kept.push_back(loaded_[i]);
      if (used_[i]) kept.back().last_used = today_;
      if (kept.back().last_used + kDaysKept < today_) kept.pop_back();
    }
    std::set_union(added.begin(), added.end(), kept.begin(), kept.end(), std::back_inserter(merged), by_id);
    return merged;
  }

  const std::filesystem::path file_;
  const std::unique_ptr<ContentNames> names_;
  const FingerprintFile kept_{};
  const std::span<const FingerprintRecord> loaded_;
  const uint32_t today_ = today();
  mutable std::vector<std::atomic<bool>> used_;  // of each loaded record
  mutable std::atomic<bool> changed_ = false;
  std::array<Shard, 16> shards_;
  std::atomic<uint64_t> files_read_ = 0;
};

}  // namespace

std::unique_ptr<FingerprintCache> FingerprintCache::open(const std::filesystem::path& file,
                                                         std::unique_ptr<ContentNames> names) {
  return std::make_unique<FileFingerprintCache>(file, std::move(names));
}

std::unique_ptr<FingerprintCache> FingerprintCache::memory() {
  return std::make_unique<FileFingerprintCache>();
}

}  // namespace tierbuild::fs
