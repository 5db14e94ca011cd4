#include "git/clean_files.hpp"

#include <sys/stat.h>

#include <map>
#include <mutex>
#include <unordered_map>

#include "base/strings.hpp"
#include "fs/file.hpp"
#include "fs/lstat.hpp"
#include "git/blob_hash.hpp"
#include "git/index.hpp"

namespace tierbuild::git {
namespace {

namespace stdfs = std::filesystem;

constexpr uint64_t kLargestText = 1 << 20;
constexpr uint64_t kLargestIndex = 1u << 30;

/// Whether a file of git's configuration has one of these words, in any case; also if it cannot be read.
bool mentions(const stdfs::path& file, std::initializer_list<std::string_view> words) {
  Result<std::string> text = fs::read_file(file, kLargestText);
  if (!text) return text.error().code() != Code::not_found;
  const std::string small = lower(*text);
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return small.find(word) != std::string::npos; });
}

/// Attributes by which a file may hold other bytes than its blob, yet as many. Those of line ends change the
/// size.
bool converts(const stdfs::path& attributes) {
  return mentions(attributes, {"filter", "working-tree-encoding", "ident"});
}

/// What a file such as `.git` of a worktree or `commondir` leads to.
std::optional<stdfs::path> pointed_to(const stdfs::path& file, std::string_view prefix) {
  Result<std::string> text = fs::read_file(file, kLargestText);
  if (!text || !text->starts_with(prefix)) return std::nullopt;
  return (file.parent_path() / trim(std::string_view(*text).substr(prefix.size()))).lexically_normal();
}

struct Place {
  stdfs::path top, git_dir, common_dir;
};

std::optional<Place> place_of(const stdfs::path& root) {
  std::error_code failure;
  const stdfs::path start = stdfs::canonical(root, failure);
  if (failure) return std::nullopt;
  for (stdfs::path top = start;; top = top.parent_path()) {
    stdfs::path git = top / ".git";
    if (stdfs::is_directory(git, failure)) return Place{top, git, git};
    if (stdfs::is_regular_file(git, failure)) {
      auto git_dir = pointed_to(git, "gitdir:");
      if (!git_dir) return std::nullopt;
      return Place{top, *git_dir, pointed_to(*git_dir / "commondir", "").value_or(*git_dir)};
    }
    if (top == top.parent_path()) return std::nullopt;
  }
}

/// Whether the configuration of the repository and of the user keeps blobs as they are and ids as SHA-1.
bool is_plain(const Place& place, const Environment& environment) {
  auto set = [&](const char* name) { return environment.get(name).value_or(""); };
  const stdfs::path home = set("HOME");
  const stdfs::path user =
      set("XDG_CONFIG_HOME").empty() ? home / ".config" : stdfs::path(set("XDG_CONFIG_HOME"));
  for (const stdfs::path& config : {place.common_dir / "config", place.git_dir / "config.worktree",
                                    home / ".gitconfig", user / "git/config", stdfs::path("/etc/gitconfig")})
    if (mentions(config, {"objectformat", "attributesfile", "worktree =", "[include"})) return false;
  for (const stdfs::path& attributes :
       {place.common_dir / "info/attributes", user / "git/attributes", stdfs::path("/etc/gitattributes")})
    if (converts(attributes)) return false;
  return true;
}

/// The index of one repository as it was when it was first asked.
class CleanFiles {
 public:
  CleanFiles(const stdfs::path& root, const Environment& environment) {
    std::optional<Place> place = place_of(root);
    struct stat info {};
    if (!place || !is_plain(*place, environment)) return;
    const stdfs::path file = place->git_dir / "index";
    if (::stat(file.c_str(), &info) != 0) return;
    index_time_ = fs::nanoseconds(info.st_mtim);
    auto bytes = fs::read_file(file, kLargestIndex);
    auto index = bytes ? Index::parse(*bytes) : Result<Index>(bytes.error());
    if (!index) return;
    index_ = std::move(*index);
    top_ = place->top;
    std::error_code failure;
    prefix_ = stdfs::canonical(root, failure).lexically_relative(top_).string();
    prefix_ = prefix_ == "." ? "" : prefix_ + "/";
  }

  std::optional<fs::ContentName> name(const fs::FileEntry& entry) {
    const IndexEntry* known = index_.entries().empty() ? nullptr : index_.find(prefix_ + entry.path);
    if (known == nullptr || known->mode == Mode::symlink || known->mode == Mode::submodule)
      return std::nullopt;
    if (!is_same(known->stat, entry.stat) || converts_in(directory_of(prefix_ + entry.path)))
      return std::nullopt;
    return known->id.bytes;
  }

 private:
  static std::string directory_of(const std::string& path) {
    size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
  }

  bool is_same(const IndexStat& then, const fs::FileStat& now) const {
    constexpr int64_t kSecond = 1'000'000'000;
    auto is_time = [](uint32_t seconds, uint32_t rest, int64_t time) {
      return seconds == static_cast<uint32_t>(time / kSecond) &&
             rest == static_cast<uint32_t>(time % kSecond);
    };
    // A file that was written when the index was, or later, may have changed without a trace.
    bool is_racy = now.mtime_ns >= index_time_ || (then.mtime_ns | then.ctime_ns) == 0;
    return !is_racy && is_time(then.mtime, then.mtime_ns, now.mtime_ns) &&
           is_time(then.ctime, then.ctime_ns, now.ctime_ns) &&
           then.inode == static_cast<uint32_t>(now.inode) && then.size == static_cast<uint32_t>(now.size) &&
           now.size <= UINT32_MAX;
  }

  /// Whether attributes of this directory, or of one above it, make other bytes of blobs.
  bool converts_in(const std::string& directory) {
    {
      std::lock_guard lock(mutex_);
      if (auto known = converts_.find(directory); known != converts_.end()) return known->second;
    }
    bool found = (!directory.empty() && converts_in(directory_of(directory))) ||
                 converts(top_ / directory / ".gitattributes");
    std::lock_guard lock(mutex_);
    return converts_.emplace(directory, found).first->second;
  }

  stdfs::path top_;
  std::string prefix_;  // of the root below the top, with a '/' at its end
  Index index_;
  int64_t index_time_ = 0;
  std::mutex mutex_;
  std::unordered_map<std::string, bool> converts_;  // by directory
};

class BlobCheck final : public fs::ContentCheck {
 public:
  BlobCheck(const fs::ContentName& name, uint64_t size) : hash_(size), name_(name) {}
  void update(std::string_view bytes) override { hash_.update(bytes); }
  bool holds() override { return hash_.finish().bytes == name_; }

 private:
  BlobHash hash_;
  fs::ContentName name_;
};

class AllCleanFiles final : public fs::ContentNames {
 public:
  explicit AllCleanFiles(const Environment& environment) : environment_(environment) {}

  std::optional<fs::ContentName> name(const stdfs::path& root, const fs::FileEntry& entry) override {
    CleanFiles* files = nullptr;
    {
      std::lock_guard lock(mutex_);
      std::unique_ptr<CleanFiles>& known = by_root_[root.string()];
      if (!known) known = std::make_unique<CleanFiles>(root, environment_);
      files = known.get();
    }
    return files->name(entry);
  }
  std::unique_ptr<fs::ContentCheck> check(const fs::ContentName& name, uint64_t size) override {
    return std::make_unique<BlobCheck>(name, size);
  }

 private:
  const Environment& environment_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<CleanFiles>> by_root_;
};

}  // namespace

std::unique_ptr<fs::ContentNames> clean_files(const Environment& environment) {
  return std::make_unique<AllCleanFiles>(environment);
}

}  // namespace tierbuild::git
