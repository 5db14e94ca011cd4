#include <atomic>
#include <mutex>
#include <system_error>
#include <thread>

#include "fs/fingerprint.hpp"

namespace tierbuild::fs {
namespace {

/// Hands out the entries whose bytes must be read, and keeps the error of the first one that failed.
class Reading {
 public:
  Reading(const std::filesystem::path& root, std::span<const FileEntry> entries, std::vector<size_t> unknown,
          FingerprintCache& cache, std::vector<Digest>& contents)
      : root_(root), entries_(entries), unknown_(std::move(unknown)), cache_(cache), contents_(contents) {}

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
      contents_[index] = *content;
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
  std::vector<Digest>& contents_;
  std::atomic<size_t> next_ = 0;
  std::mutex mutex_;
  std::optional<Error> error_;
  size_t failed_at_ = 0;
};

template <class Number>
void append(std::string& out, Number number) {
  for (size_t shift = 0; shift < 8 * sizeof number; shift += 8) out += static_cast<char>(number >> shift);
}

}  // namespace

std::optional<std::vector<Digest>> known_digests(std::span<const FileEntry> entries,
                                                 const FingerprintCache& cache) {
  std::vector<Digest> contents;
  contents.reserve(entries.size());
  for (const FileEntry& entry : entries) {
    std::optional<Digest> content = cache.known(entry);
    if (!content) return std::nullopt;
    contents.push_back(*content);
  }
  return contents;
}

Result<std::vector<Digest>> digest_all(const std::filesystem::path& root, std::span<const FileEntry> entries,
                                       FingerprintCache& cache, unsigned workers) {
  std::vector<Digest> contents(entries.size());
  std::vector<size_t> unknown;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (std::optional<Digest> content = cache.known(entries[i]))
      contents[i] = *content;
    else
      unknown.push_back(i);
  }
  if (!unknown.empty()) TB_TRY(Reading(root, entries, std::move(unknown), cache, contents).run(workers));
  return contents;
}

uint32_t tree_mode(const FileEntry& entry, Modes modes) {
  constexpr uint32_t kSymlinkMode = 0120000;
  if (entry.type == FileType::symlink) return kSymlinkMode;
  return modes == Modes::exact ? entry.exact_mode() : entry.canonical_mode();
}

void TreeHasher::add(std::string_view path, const FileEntry& entry, const Digest& content) {
  constexpr size_t kEnough = 8 << 10;
  append(record_, static_cast<uint64_t>(path.size()));
  record_ += path;
  append(record_, tree_mode(entry, modes_));
  record_.append(content.bytes().begin(), content.bytes().end());
  if (record_.size() < kEnough) return;
  hash_.update(record_);
  record_.clear();
}

Digest TreeHasher::finish() {
  hash_.update(record_);
  return hash_.finish();
}

}  // namespace tierbuild::fs
