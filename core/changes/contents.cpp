#include "changes/contents.hpp"

#include <fcntl.h>

#include <set>

#include "base/strings.hpp"
#include "base/unique_fd.hpp"
#include "fs/file.hpp"
#include "git/blob_hash.hpp"
#include "git/snapshot_scan.hpp"
#include "hash/key_hasher.hpp"

namespace tierbuild::changes {
namespace {

namespace stdfs = std::filesystem;
using git::Mode;
using graph::FileSource;
using graph::SourceContent;

constexpr uint64_t kLargestIgnoreFile = 4 << 20;

std::string identity(const FileSource& source) {
  KeyHasher key("source", 1);
  key.add("root", source.root).add("include", source.include).add("exclude", source.exclude);
  if (source.is_context) key.add("context", source.ignore);
  return key.add("strip", source.strip).finish().digest.hex();
}

std::string parent(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

bool selects(const fs::Choice& choice, const std::string& path, Mode mode) {
  return choice.selects(path) || (mode == Mode::submodule && choice.enters(path));
}

// As it enters a key; what is read is the mode that git keeps.
std::string value_of(const git::Entry& entry) {
  if (entry.mode == Mode::directory) return "directory";
  return fmt::format("{:o} {}", static_cast<uint32_t>(entry.mode), entry.id.empty() ? "new" : entry.id.hex());
}

/// How a repository and a root lie to each other.
class Placement {
 public:
  Placement(const stdfs::path& top, const stdfs::path& root) {
    std::string below = root.lexically_relative(top).string();
    if (below == ".") return;
    if (below.starts_with(".."))
      above_ = top.lexically_relative(root).string() + "/";
    else
      inside_ = below + "/";
  }
  /// A path of the repository relative to the root; nothing if it lies outside.
  std::optional<std::string> below_root(std::string_view path) const {
    if (inside_.empty()) return above_ + std::string(path);
    if (!path.starts_with(inside_)) return std::nullopt;
    return std::string(path.substr(inside_.size()));
  }
  bool leads_to_root(std::string_view directory) const {
    return (inside_.starts_with(directory) && inside_.size() > directory.size() &&
            inside_[directory.size()] == '/');
  }

 private:
  std::string above_, inside_;  // with a '/' at the end
};

/// A context that lies below the root, as a source of the root: its patterns and rules begin with its
/// directory.
FileSource based_on(const std::string& root, FileSource source) {
  std::string directory = stdfs::path(source.root).lexically_relative(root).string();
  if (!source.is_context || directory == "." || directory.starts_with("..")) return source;
  source.root = root;
  for (std::string& pattern : source.include) pattern = fmt::format("{}/{}", directory, pattern);
  for (std::string& line : source.ignore) {
    std::string_view rule = trim(line);
    if (rule.empty() || line.starts_with('#')) continue;
    bool negated = rule.starts_with('!');
    if (negated) rule = trim(rule.substr(1));
    line = fmt::format("{}{}/{}", negated ? "!" : "", directory, rule);
  }
  source.strip = source.strip.empty() ? directory : fmt::format("{}/{}", directory, source.strip);
  return source;
}

/// The sources of one side, each once, with how they choose.
struct Selections {
  std::string root;
  std::string ignore_text;
  std::map<std::string, std::pair<FileSource, fs::Choice>> all;  // by identity
  std::vector<git::Change> changes;                              // relative to the root, sorted by path
  Area area;

  /// The identities of the sources.
  Result<std::set<std::string>> add(const std::vector<FileSource>& sources) {
    std::set<std::string> ids;
    for (const FileSource& written : sources) {
      std::string id = identity(written);
      FileSource source = based_on(root, written);
      if (!ids.insert(id).second || all.contains(id)) continue;
      fs::Selection selection{source.root, source.include, source.exclude, "the ignore file"};
      if (source.is_context) selection.kind = fs::Selection::Kind::context;
      selection.ignore = source.ignore;
      auto choice = fs::Choice::make(selection, source.is_context ? "" : ignore_text);
      if (!choice) return std::move(choice).error().at(source.where);
      area.add(*choice);
      all.emplace(std::move(id), std::pair(source, std::move(*choice)));
    }
    return ids;
  }
};

Result<std::string> ignore_text_of(git::Snapshot& snapshot) {
  for (const char* name : fs::kIgnoreFiles) {
    TB_LET(std::optional<std::string> path, snapshot.resolve(name, git::LastLink::follow));
    if (path) return snapshot.read(*path);
  }
  return std::string();
}

Result<std::string> ignore_text_of(const std::string& root) {
  auto text = fs::read_file(stdfs::path(root) / fs::ignore_file_in(root), kLargestIgnoreFile);
  if (!text && text.error().code() == Code::not_found) return std::string();
  return text;
}

}  // namespace

struct Contents::State {
  Selections before, now;
  std::optional<git::Snapshot> snapshot_before, snapshot_now;  // both of the commit, below the two roots
  bool ignored_alike = false;                                  // the ignore files of both sides are the same
  std::set<std::string> listed;  // sources of targets that select files differently on the two sides
  std::map<std::pair<Side, std::string>, SourceContent> known;

  Selections& side(Side which) { return which == Side::before ? before : now; }

  /// Only what changed, of a source that both sides have.
  SourceContent changed(Side which, const std::string& id, const fs::Choice& choice) {
    KeyHasher key("changed", 1);
    key.add("source", id);
    SourceContent content;
    auto take = [&](const git::Change& change) {
      Mode mode = change.now.mode != Mode::none ? change.now.mode : change.before.mode;
      if (!selects(choice, change.path, mode)) return;
      const git::Entry& entry = which == Side::before ? change.before : change.now;
      key.add("changed", change.path).add("side", which == Side::before ? "before" : "now");
      if (entry.mode != Mode::none) content.files.push_back({change.path, value_of(entry)});
    };
    const std::vector<git::Change>& changes = now.changes;
    std::vector<std::string> roots = choice.roots();
    std::sort(roots.begin(), roots.end());
    std::set<size_t> candidates;
    for (const std::string& root : roots) {
      auto at =
          std::lower_bound(changes.begin(), changes.end(), root,
                           [](const git::Change& change, const std::string& r) { return change.path < r; });
      for (; at != changes.end() && at->path.starts_with(root); ++at)
        candidates.insert(static_cast<size_t>(at - changes.begin()));
    }
    for (size_t i = 0; i < changes.size(); ++i)  // a submodule may lie above
      if (changes[i].before.mode == Mode::submodule || changes[i].now.mode == Mode::submodule)
        candidates.insert(i);
    for (size_t i : candidates) take(changes[i]);
    content.digest = key.finish().digest;
    return content;
  }

  /// Everything that is selected, with its place.
  Result<SourceContent> list(Side which, const FileSource& source, const fs::Choice& choice) {
    git::Snapshot& snapshot = which == Side::before ? *snapshot_before : *snapshot_now;
    TB_LET(std::vector<git::SnapshotEntry> scanned, git::scan(snapshot, choice, git::Submodules::shut));
    std::map<std::string, git::Entry> files;
    for (git::SnapshotEntry& entry : scanned)
      if (selects(choice, entry.path, entry.entry.mode)) files.emplace(std::move(entry.path), entry.entry);
    if (which == Side::now) {
      for (const git::Change& change : now.changes)
        if (change.now.mode == Mode::none) files.erase(change.path);
      for (const git::Change& change : now.changes)
        if (change.now.mode != Mode::none && selects(choice, change.path, change.now.mode))
          files[change.path] = change.now;
    }
    TB_TRY(fill_in(source.root, files));
    SourceContent content;
    KeyHasher key("files", 1);
    std::map<std::string, git::Entry> all = files;
    for (const auto& [path, entry] : files)
      for (std::string above = parent(path); !above.empty() && !all.contains(above); above = parent(above))
        all[above] = {Mode::directory, {}};
    for (const auto& [path, entry] : all) {
      std::optional<std::string> placed = placed_path(path, source.strip);
      if (!placed) continue;
      bool alone = placed->empty() && entry.mode != Mode::directory && entry.mode != Mode::submodule;
      key.add(alone ? path.substr(parent(path).size() + (parent(path).empty() ? 0 : 1)) : *placed,
              value_of(entry));
      if (files.contains(path)) content.files.push_back({path, value_of(entry)});
    }
    content.digest = key.finish().digest;
    return content;
  }

  // The path below `strip`; nothing for the directories above it.
  static std::optional<std::string> placed_path(const std::string& path, const std::string& strip) {
    if (strip.empty() || path == strip) return path == strip ? "" : path;
    if (!path.starts_with(strip + "/")) return std::nullopt;
    return path.substr(strip.size() + 1);
  }

  // What git has no id for is hashed: untracked files, and those that lie outside of the repository.
  static Status fill_in(const std::string& root, std::map<std::string, git::Entry>& files) {
    UniqueFd directory;
    for (auto& [path, entry] : files) {
      if (entry.mode == Mode::directory || !entry.id.empty()) continue;
      if (!directory) directory.reset(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      TB_LET(entry.id, git::hash_file(directory.get(), path, entry.mode), "in {}", root);
    }
    return {};
  }
};

Contents::Contents(std::unique_ptr<State> state) : state_(std::move(state)) {}
Contents::Contents(Contents&&) noexcept = default;
Contents& Contents::operator=(Contents&&) noexcept = default;
Contents::~Contents() = default;

Result<Contents> Contents::compare(const Ground& ground, const std::vector<TargetSources>& targets) {
  auto state = std::make_unique<State>();
  state->before.root = ground.before_root;
  state->now.root = ground.now_root;
  TB_LET(state->snapshot_before, git::Snapshot::of(ground.repository, ground.tree, ground.before_root));
  TB_LET(state->snapshot_now, git::Snapshot::of(ground.repository, ground.tree, ground.now_root));
  TB_LET(state->before.ignore_text, ignore_text_of(*state->snapshot_before));
  TB_LET(state->now.ignore_text, ignore_text_of(ground.now_root));
  state->ignored_alike = state->before.ignore_text == state->now.ignore_text;
  for (const TargetSources& target : targets) {
    TB_LET(std::set<std::string> before, state->before.add(target.before));
    TB_LET(std::set<std::string> now, state->now.add(target.now));
    if (state->ignored_alike && before == now) continue;
    state->listed.merge(before);
    state->listed.merge(now);
  }

  Placement place(ground.repository.root(), ground.now_root);
  Placement old_place(ground.repository.root(), ground.before_root);
  const Selections& new_side = state->now;
  const Selections& old_side = state->before;
  auto enters = [&](std::string_view directory) {
    auto enters_side = [&](const Placement& placement, const Selections& side) {
      if (placement.leads_to_root(directory)) return true;
      std::optional<std::string> path = placement.below_root(directory);
      return path && side.area.enters(*path);
    };
    return enters_side(place, new_side) || (!state->listed.empty() && enters_side(old_place, old_side));
  };
  TB_LET(std::vector<git::Change> changes,
         ground.repository.changes(ground.tree, {.enters = enters, .threads = 0}));
  for (git::Change& change : changes) {
    std::optional<std::string> path = place.below_root(change.path);
    if (!path || path->empty()) continue;
    change.path = std::move(*path);
    state->now.changes.push_back(std::move(change));
  }
  return Contents(std::move(state));
}

const std::string& Contents::root(Side side) const {
  return state_->side(side).root;
}

Result<SourceContent> Contents::of(Side side, const FileSource& source) {
  std::string id = identity(source);
  if (auto known = state_->known.find({side, id}); known != state_->known.end()) return known->second;
  const auto& [own, choice] = state_->side(side).all.at(id);
  SourceContent content;
  if (state_->listed.contains(id)) {
    TB_LET(content, state_->list(side, own, choice));
  } else {
    content = state_->changed(side, id, choice);
  }
  return state_->known[{side, id}] = std::move(content);
}

}  // namespace tierbuild::changes
