#include <atomic>
#include <mutex>
#include <system_error>
#include <thread>

#include "fs/fingerprint.hpp"

namespace tierbuild::fs {
namespace {

constexpr uint32_t kSymlinkMode = 0120000;

/// Hands out the entries whose bytes must be read, and keeps the error of the first one that failed.
class Reading {
 public:
  Reading(const std::filesystem::path& root, std::span<const FileEntry> entries, std::vector<size_t> unknown,
          FingerprintCache& cache, std::vector<FileDigest>& files)
      : root_(root), entries_(entries), unknown_(std::move(unknown)), cache_(cache), files_(files) {}

  Status run(unsigned workers) {
    std::vector<std::jthread> threads;
    try {
      while (threads.size() + 1 < std::min<size_t>(workers, unknown_.size()))
        threads.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      // Fewer threads do the same work.
    }
    work();
    threads.clear();
    return error_ ? Status(std::move(*error_)) : Status();
  }

 private:
  void work() {
    for (size_t at; (at = next_.fetch_add(1)) < unknown_.size();) {
      size_t index = unknown_[at];
      Result<Digest> content = cache_.digest(root_, entries_[index]);
      if (!content) return stop(at, std::move(content).error());
      files_[index].content = *content;
    }
  }

  void stop(size_t at, Error error) {
    std::lock_guard lock(mutex_);
    if (error_ && failed_at_ < at) return;
    error_ = std::move(error);
    failed_at_ = at;
    next_ = unknown_.size();
  }

  const std::filesystem::path& root_;
  std::span<const FileEntry> entries_;
  const std::vector<size_t> unknown_;
  FingerprintCache& cache_;
  std::vector<FileDigest>& files_;
  std::atomic<size_t> next_ = 0;
  std::mutex mutex_;
  std::optional<Error> error_;
  size_t failed_at_ = 0;
};

template <class Number>
void append(std::string& out, Number number) {
  for (size_t shift = 0; shift < 8 * sizeof number; shift += 8) out += static_cast<char>(number >> shift);
}

Digest digest_of(const std::vector<FileDigest>& files) {
  Sha256 hash;
  std::string record = "tree/1\n";
  for (const FileDigest& file : files) {
    append(record, static_cast<uint64_t>(file.path.size()));
    record += file.path;
    append(record, file.mode);
    record.append(file.content.bytes().begin(), file.content.bytes().end());
    hash.update(record);
    record.clear();
  }
  hash.update(record);
  return hash.finish();
}

}  // namespace

Result<TreeDigest> digest_tree(const std::filesystem::path& root, std::span<const FileEntry> entries,
                               FingerprintCache& cache, unsigned workers) {
  TreeDigest tree;
  tree.files.reserve(entries.size());
  std::vector<size_t> unknown;
  for (const FileEntry& entry : entries) {
    std::optional<Digest> content = cache.known(entry);
    if (!content) unknown.push_back(tree.files.size());
    uint32_t mode = entry.type == FileType::symlink ? kSymlinkMode : entry.canonical_mode();
    tree.files.push_back({entry.path, mode, content.value_or(Digest())});
  }
  TB_TRY(Reading(root, entries, std::move(unknown), cache, tree.files).run(workers));
  tree.digest = digest_of(tree.files);
  return tree;
}

}  // namespace tierbuild::fs
