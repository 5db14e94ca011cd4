#include "git/snapshot.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <deque>

#include "base/strings.hpp"
#include "fs/directory.hpp"
#include "fs/file.hpp"
#include "fs/lstat.hpp"
#include "git/blob_hash.hpp"
#include "git/objects.hpp"
#include "git/repository_state.hpp"

namespace tierbuild::git {
namespace {

namespace stdfs = std::filesystem;

constexpr uint64_t kLargestFile = 1ull << 30;

/// A tree that was read, and the objects that it is among: those of the repository or of a submodule.
struct Tree {
  size_t objects = 0;
  bool exists = false;
  std::vector<SnapshotFile> files;  // sorted by name
};

std::string joined(const std::string& directory, std::string_view name) {
  return directory.empty() ? std::string(name) : fmt::format("{}/{}", directory, name);
}

std::pair<std::string, std::string> parent_and_name(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

/// Where a path of the snapshot is: in the repository, or on disk.
struct Place {
  bool in_repository = false;
  std::string path;  // relative to the top of the repository, or to the directory
};

}  // namespace

struct Snapshot::State {
  stdfs::path directory, top;
  std::string above;   // of the repository in the directory, if the directory holds it
  std::string inside;  // of the directory in the repository otherwise
  ObjectId root;
  std::vector<Objects> objects;
  std::vector<Repository> submodules;
  std::map<std::string, Tree> trees;  // by path in the repository
  bool fixed = true;

  Place place(const std::string& path) const {
    if (above.empty()) return {true, path.empty() ? inside : joined(inside, path)};
    if (path == above) return {true, ""};
    if (path.starts_with(above + "/")) return {true, path.substr(above.size() + 1)};
    return {false, path};
  }

  Result<const Tree*> read_tree(size_t from, const ObjectId& id, const std::string& path) {
    Tree tree{from, true, {}};
    TB_LET(std::vector<NamedEntry> entries, objects[from].tree(id), "in the directory '{}'", path);
    for (NamedEntry& entry : entries) tree.files.push_back({std::move(entry.name), entry.entry});
    std::sort(tree.files.begin(), tree.files.end(),
              [](const SnapshotFile& a, const SnapshotFile& b) { return a.name < b.name; });
    return &(trees[path] = std::move(tree));
  }

  /// A submodule's own objects may be here, or not: then it is empty, as before it is checked out.
  Result<const Tree*> read_submodule(const ObjectId& commit, const std::string& path) {
    trees[path] = {};
    fixed = false;  // whether it is checked out is not up to the tree
    auto found = Repository::open(top / path);
    if (!found || !*found) return &trees[path];
    TB_LET(Objects own, Objects::open((*found)->state_->handle.get()));
    Result<CommitFacts> facts = own.commit(commit);
    if (!facts) return &trees[path];
    submodules.push_back(std::move(**found));
    objects.push_back(std::move(own));
    return read_tree(objects.size() - 1, facts->tree, path);
  }

  Result<const Tree*> tree(const std::string& path) {
    if (auto known = trees.find(path); known != trees.end()) return &known->second;
    if (path.empty()) return read_tree(0, root, path);
    auto [parent, name] = parent_and_name(path);
    TB_LET(const Tree* holder, tree(parent));
    Entry entry = entry_in(holder->files, name);
    if (entry.mode == Mode::directory) return read_tree(holder->objects, entry.id, path);
    if (entry.mode == Mode::submodule) return read_submodule(entry.id, path);
    return &(trees[path] = {});
  }

  static Entry entry_in(const std::vector<SnapshotFile>& files, const std::string& name) {
    auto found =
        std::lower_bound(files.begin(), files.end(), name,
                         [](const SnapshotFile& file, const std::string& n) { return file.name < n; });
    return found == files.end() || found->name != name ? Entry{} : found->entry;
  }

  Result<Entry> on_disk(const std::string& path) const {
    auto found = fs::stat_entry(directory, path.empty() ? "." : path);
    if (!found && (found.error().code() == Code::not_found || found.error().code() == Code::invalid))
      return Entry{};
    if (!found) return std::move(found).error();
    return Entry{canonical(found->stat.mode), {}};
  }

  Result<std::vector<SnapshotFile>> list_disk(const std::string& path) const {
    std::vector<SnapshotFile> files;
    stdfs::path full = directory / path;
    UniqueFd fd(::open(full.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) return files;
    if (!fd) return Error::os(errno, "cannot open the directory {}", full.string());
    fs::DirectoryReader reader;
    int failure = reader.read(fd.get(), [&](const char* name, unsigned char) {
      struct stat info {};
      if (std::string_view(name) == ".git" || ::fstatat(fd.get(), name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return;
      if (Mode mode = canonical(info.st_mode); mode != Mode::none) files.push_back({name, {mode, {}}});
    });
    if (failure != 0) return Error::os(failure, "cannot read the directory {}", full.string());
    std::sort(files.begin(), files.end(),
              [](const SnapshotFile& a, const SnapshotFile& b) { return a.name < b.name; });
    return files;
  }
};

Snapshot::Snapshot(std::unique_ptr<State> state) : state_(std::move(state)) {}
Snapshot::Snapshot(Snapshot&&) noexcept = default;
Snapshot& Snapshot::operator=(Snapshot&&) noexcept = default;
Snapshot::~Snapshot() = default;

Result<Snapshot> Snapshot::of(const Repository& repository, const ObjectId& tree,
                              const stdfs::path& directory) {
  auto state = std::make_unique<State>();
  state->top = repository.root();
  state->directory = directory;
  state->root = tree;
  std::string below = directory.lexically_relative(state->top).string();
  if (below != "." && below.starts_with(".."))
    state->above = state->top.lexically_relative(directory).string();
  else if (below != ".")
    state->inside = below;
  state->fixed = state->above.empty();
  if (state->above.starts_with(".."))
    return Error::make(Code::invalid, "neither of {} and {} holds the other", directory.string(),
                       state->top.string());
  TB_LET(Objects objects, Objects::open(repository.state_->handle.get()));
  state->objects.push_back(std::move(objects));
  return Snapshot(std::move(state));
}

bool Snapshot::is_fixed() const {
  return state_->fixed;
}

Result<Entry> Snapshot::lookup(const std::string& path) {
  Place place = state_->place(path);
  if (!place.in_repository) return state_->on_disk(place.path);
  if (place.path.empty()) return Entry{Mode::directory, state_->root};
  auto [parent, name] = parent_and_name(place.path);
  TB_LET(const Tree* holder, state_->tree(parent));
  return State::entry_in(holder->files, name);
}

Result<std::vector<SnapshotFile>> Snapshot::list(const std::string& path) {
  Place place = state_->place(path);
  if (!place.in_repository) return state_->list_disk(place.path);
  TB_LET(const Tree* tree, state_->tree(place.path));
  return tree->files;
}

Result<std::string> Snapshot::read(const std::string& path) {
  Place place = state_->place(path);
  if (place.in_repository) {
    auto [parent, name] = parent_and_name(place.path);
    TB_LET(const Tree* holder, state_->tree(parent));
    return state_->objects[holder->objects].blob(State::entry_in(holder->files, name).id);
  }
  TB_LET(Entry entry, state_->on_disk(path));
  if (entry.mode != Mode::symlink) return fs::read_file(state_->directory / path, kLargestFile);
  return fs::read_link(AT_FDCWD, (state_->directory / path).c_str());
}

Result<std::optional<std::string>> Snapshot::resolve(const std::string& path, LastLink link) {
  constexpr int kMostLinks = 40;
  auto parts_of = [](const std::string& text) {
    std::deque<std::string> parts;
    for (std::string_view part : split(text, '/'))
      if (!part.empty() && part != ".") parts.emplace_back(part);
    return parts;
  };
  auto outside = [&] { return Error::make(Code::denied, "'{}' leads out of its directory", path); };
  std::deque<std::string> parts = parts_of(path);
  std::string at;
  for (int links = 0; !parts.empty();) {
    std::string part = std::move(parts.front());
    parts.pop_front();
    if (part == "..") {
      if (at.empty()) return outside();
      at = parent_and_name(at).first;
      continue;
    }
    std::string next = joined(at, part);
    TB_LET(Entry entry, lookup(next));
    if (entry.mode == Mode::none) return std::optional<std::string>();
    if (entry.mode == Mode::symlink && (link == LastLink::follow || !parts.empty())) {
      TB_LET(std::string target, read(next));
      if (target.starts_with('/')) return outside();
      if (++links > kMostLinks) return std::optional<std::string>();
      std::deque<std::string> more = parts_of(target);
      parts.insert(parts.begin(), more.begin(), more.end());
      continue;
    }
    bool holds = entry.mode == Mode::directory || entry.mode == Mode::submodule;
    if (!holds && !parts.empty()) return std::optional<std::string>();
    at = std::move(next);
  }
  return std::optional(at);
}

}  // namespace tierbuild::git
