#include "git/changes.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <set>

#include "base/unique_fd.hpp"
#include "fs/file.hpp"
#include "fs/lstat.hpp"
#include "git/blob_hash.hpp"
#include "git/objects.hpp"
#include "git/repository_state.hpp"
#include "git/snapshot.hpp"
#include "git/work_tree.hpp"

namespace tierbuild::git {
namespace {

namespace stdfs = std::filesystem;

constexpr uint64_t kLargestIndex = 2ull << 30;

/// A tree compared with the index. Where the index knows the id of a directory, and it is that of the tree,
/// nothing below is looked at.
class TreeComparison {
 public:
  TreeComparison(const Objects& objects, const Index& index, std::map<std::string, Change>& changes)
      : objects_(objects), index_(index), changes_(changes) {}

  Status run(const ObjectId& tree) { return compare(tree, 0, index_.entries().size(), &index_.tree()); }

 private:
  // An empty id stands for no tree.
  Status compare(const ObjectId& id, size_t from, size_t to, const CachedTree* cached) {
    if (from < to && cached != nullptr && cached->valid && cached->id == id) return {};
    std::vector<NamedEntry> entries;
    if (!id.empty()) {
      TB_LET(entries, objects_.tree(id), "in the directory '{}'", prefix_);
    }
    size_t at = from;
    for (const NamedEntry& entry : entries) {
      std::string key = key_of(entry);
      while (at < to && first_key(at) < key) TB_TRY(take_from_index(at, to, cached));
      if (at < to && first_key(at) == key) {
        TB_TRY(take_both(entry, at, to, cached));
      } else {
        TB_TRY(take_from_tree(entry));
      }
    }
    while (at < to) TB_TRY(take_from_index(at, to, cached));
    return {};
  }

  // In git's order a directory stands where its files do.
  static std::string key_of(const NamedEntry& entry) {
    return entry.entry.mode == Mode::directory ? entry.name + "/" : entry.name;
  }
  std::string_view first_key(size_t at) const {
    std::string_view rest = index_.path(index_.entries()[at]).substr(prefix_.size());
    return rest.substr(0, std::min(rest.size(), rest.find('/')) + (rest.find('/') == rest.npos ? 0 : 1));
  }

  /// Compares a directory below the one at hand.
  Status descend(std::string_view key, const ObjectId& id, size_t from, size_t to, const CachedTree* cached) {
    size_t length = prefix_.size();
    prefix_ += key;
    const CachedTree* child = cached == nullptr ? nullptr : cached->child(key.substr(0, key.size() - 1));
    TB_TRY(compare(id, from, to, child));
    prefix_.resize(length);
    return {};
  }

  Status take_from_index(size_t& at, size_t to, const CachedTree* cached) {
    std::string key(first_key(at));
    if (key.ends_with('/')) {
      size_t end = index_.below(prefix_ + key, at, to).second;
      TB_TRY(descend(key, {}, at, end, cached));
      at = end;
      return {};
    }
    const IndexEntry& entry = index_.entries()[at++];
    add(key, {}, {entry.mode, entry.id});
    return {};
  }

  Status take_from_tree(const NamedEntry& entry) {
    if (entry.entry.mode == Mode::directory) return descend(entry.name + "/", entry.entry.id, 0, 0, nullptr);
    add(entry.name, entry.entry, {});
    return {};
  }

  Status take_both(const NamedEntry& entry, size_t& at, size_t to, const CachedTree* cached) {
    if (entry.entry.mode == Mode::directory) {
      std::string key = entry.name + "/";
      size_t end = index_.below(prefix_ + key, at, to).second;
      TB_TRY(descend(key, entry.entry.id, at, end, cached));
      at = end;
      return {};
    }
    const IndexEntry& staged = index_.entries()[at++];
    Entry now{staged.mode, staged.id};
    if (now != entry.entry) add(entry.name, entry.entry, now);
    return {};
  }

  void add(std::string_view name, const Entry& before, const Entry& now) {
    std::string path = prefix_ + std::string(name);
    changes_[path] = {path, before, now, now.mode == Mode::none};
  }

  const Objects& objects_;
  const Index& index_;
  std::map<std::string, Change>& changes_;
  std::string prefix_;
};

/// The directories that only one side has.
class DirectoryComparison {
 public:
  DirectoryComparison(Snapshot& before, const stdfs::path& root) : before_(before), root_(root) {}

  Status add(const Change& change) {
    if (change.before.mode == Mode::none) TB_TRY(appeared(parent(change.path)));
    if (change.now.mode == Mode::none) vanished(parent(change.path));
    return {};
  }
  /// A directory of the work tree, and those that hold it.
  Status appeared(std::string path) {
    for (; !path.empty() && appeared_.insert(path).second; path = parent(path)) {
      TB_LET(Entry entry, before_.lookup(path));
      if (entry.mode == Mode::directory) return {};
      found_.push_back({path, {}, {Mode::directory, {}}, true});
    }
    return {};
  }
  std::vector<Change> take() { return std::move(found_); }

 private:
  static std::string parent(const std::string& path) {
    size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
  }
  void vanished(std::string path) {
    for (; !path.empty() && vanished_.insert(path).second; path = parent(path)) {
      struct stat info {};
      if (::lstat((root_ / path).c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return;
      found_.push_back({path, {Mode::directory, {}}, {}, true});
    }
  }

  Snapshot& before_;
  const stdfs::path& root_;
  std::set<std::string> appeared_, vanished_;
  std::vector<Change> found_;
};

struct ReadIndex {
  Index index;
  int64_t time = 0;
};

Result<ReadIndex> read_index(git_repository* repository) {
  stdfs::path file = stdfs::path(git_repository_path(repository)) / "index";
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) {
    if (errno == ENOENT) return ReadIndex{};
    return Error::os(errno, "cannot stat {}", file.string());
  }
  TB_LET(std::string bytes, fs::read_file(file, kLargestIndex));
  TB_LET(Index index, Index::parse(bytes), "while reading {}", file.string());
  return ReadIndex{std::move(index), fs::nanoseconds(info.st_mtim)};
}

bool trusts_mode(git_repository* repository) {
  Handle<git_config, git_config_free> config;
  int answer = 1;
  if (acquire(config, git_repository_config_snapshot, repository) != 0) return true;
  return git_config_get_bool(&answer, config.get(), "core.filemode") != 0 || answer != 0;
}

/// The id that git would give a file that differs from its blob: line ends may be converted on the way in. No
/// program is run for it.
void convert(git_repository* repository, const stdfs::path& root, WorkFile& file) {
  git_oid id;
  std::string full = (root / file.path).string();
  if (git_repository_hashfile(&id, repository, full.c_str(), GIT_OBJECT_BLOB, file.path.c_str()) == 0)
    file.now.id = id_of(id);
}

/// What a submodule's work tree has changed, as an id that no commit has.
ObjectId dirty_id(const ObjectId& commit, const std::vector<Change>& changes) {
  std::string text = commit.hex();
  for (const Change& change : changes) text += '\0' + change.path + '\0' + change.now.id.hex();
  return blob_id(text);
}

}  // namespace

// What of the submodule stands in its work tree; nothing if it is not checked out.
static Result<std::optional<ObjectId>> submodule_id(const stdfs::path& path, const ChangesOptions& options) {
  auto found = Repository::open(path);
  if (!found) return std::move(found).error().with("in the submodule {}", path.string());
  if (!*found) return std::optional<ObjectId>();
  Result<MergeBase> head = (*found)->merge_base("HEAD");
  if (!head) return std::optional<ObjectId>();
  git_oid id;
  if (git_oid_fromstr(&id, head->sha.c_str()) != 0) return std::optional<ObjectId>();
  TB_LET(std::vector<Change> changes,
         (*found)->changes(head->tree, {.enters = {}, .threads = options.threads}), "in the submodule {}",
         path.string());
  return std::optional(changes.empty() ? id_of(id) : dirty_id(id_of(id), changes));
}

Result<std::vector<Change>> Repository::changes(const ObjectId& tree, const ChangesOptions& options) const {
  std::lock_guard lock(state_->mutex);
  git_repository* repository = state_->handle.get();
  const stdfs::path& root = state_->root;
  TB_LET(ReadIndex read, read_index(repository));
  const Index& index = read.index;
  auto enters = options.enters ? options.enters : [](std::string_view) { return true; };
  TB_LET(WorkState work, compare_work_tree(root, index,
                                           {.enters = enters,
                                            .threads = options.threads,
                                            .trusts_mode = trusts_mode(repository),
                                            .index_time = read.time}));

  std::map<std::string, Change> files;
  TB_LET(Objects objects, Objects::open(repository));
  TB_TRY(TreeComparison(objects, index, files).run(tree), "while comparing the index");

  TB_LET(Snapshot before, Snapshot::of(*this, tree, root));
  DirectoryComparison directories(before, root);
  auto set_now = [&](const WorkFile& file) {
    auto [known, is_new] = files.try_emplace(file.path);
    Change& change = known->second;
    if (is_new && file.tracked)
      if (const IndexEntry* staged = index.find(file.path)) change.before = {staged->mode, staged->id};
    change.path = file.path;
    change.now = file.now;
    change.untracked = !file.tracked;
  };
  for (WorkFile& file : work.files) {
    if (file.now.mode == Mode::directory) {
      TB_TRY(directories.appeared(file.path));
      continue;
    }
    if (file.tracked && !file.now.id.empty() && file.now.mode != Mode::symlink)
      convert(repository, root, file);
    set_now(file);
  }
  for (const std::string& path : work.submodules) {
    if (!enters(path)) continue;
    TB_LET(std::optional<ObjectId> id, submodule_id(root / path, options));
    if (id) set_now({path, {Mode::submodule, *id}, true});
  }

  UniqueFd top(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!top) return Error::os(errno, "cannot open the directory {}", root.string());
  std::vector<Change> all;
  for (auto& [path, change] : files) {
    // Untracked, but in the commit: only its content tells.
    if (change.untracked && change.now.mode == change.before.mode && change.now.id.empty()) {
      TB_LET(change.now.id, hash_file(top.get(), path, change.now.mode), "in the work tree");
    }
    if (change.before == change.now) continue;
    TB_TRY(directories.add(change));
    all.push_back(std::move(change));
  }
  std::vector<Change> found = directories.take();
  std::move(found.begin(), found.end(), std::back_inserter(all));
  std::stable_sort(all.begin(), all.end(), [](const Change& a, const Change& b) { return a.path < b.path; });
  return all;
}

}  // namespace tierbuild::git
