#include "fs/scan.hpp"

#include <fcntl.h>
#include <limits.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "base/strings.hpp"
#include "fs/directory.hpp"
#include "fs/file.hpp"
#include "fs/ignore_rules.hpp"
#include "fs/include.hpp"
#include "fs/lstat.hpp"
#include "fs/root_path.hpp"

namespace tierbuild::fs {
namespace {

constexpr uint64_t kMaxIgnoreFile = 4 << 20;

/// What holds in one directory.
struct Scope {
  bool taken = false;            // a plain include takes all that is below
  std::vector<size_t> includes;  // those that may match something below
};

/// One thing to do in a directory. A subdirectory is there twice, as an entry and as a place to enter
/// (`name/`): sorted by name they come in the order of whole paths, where `a-b` stands between `a` and `a/b`.
struct Item {
  std::string name;
  FileType type = FileType::file;
  bool selected = false;
  bool taken = false;
  bool is_place() const { return name.back() == '/'; }
};

class Scanner {
 public:
  Scanner(const Selection& selection, std::vector<Include> includes, std::vector<IgnoreRules> ignores,
          std::vector<VisitedDirectory>* visited)
      : root_(selection.root),
        in_context_(selection.kind == Selection::Kind::context),
        includes_(std::move(includes)),
        ignores_(std::move(ignores)),
        visited_(visited) {}

  Result<ScanResult> run(UniqueFd root) {
    Scope scope;
    for (size_t i = 0; i < includes_.size(); ++i) {
      Include& include = includes_[i];
      if (include.names_root()) scope.taken = include.used = true;
      scope.includes.push_back(i);
    }
    stack_.enter(std::move(root));
    TB_TRY(walk(scope));
    return result();
  }

 private:
  std::string shown() const { return (root_ / path_).string(); }

  /// Visits the innermost directory of the stack; `path_` is its path, with a '/' at the end but for the
  /// root.
  Status walk(const Scope& scope) {
    std::vector<Item> items;
    TB_TRY(note_visit());
    TB_TRY(read_items(scope, items));
    std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.name < b.name; });
    size_t length = path_.size();
    for (const Item& item : items) {
      path_ += item.name;
      if (item.is_place()) {
        TB_TRY(enter(scope, item.taken));
      } else {
        TB_TRY(add_entry(item));
      }
      path_.resize(length);
    }
    return {};
  }

  Status note_visit() {
    if (visited_ == nullptr) return {};
    struct stat info {};
    if (::fstat(stack_.fd(), &info) != 0) return Error::os(errno, "cannot stat {}", shown());
    visited_->push_back({path_.substr(0, path_.size() - (path_.empty() ? 0 : 1)), file_stat(info)});
    return {};
  }

  /// The only names in the directory that can matter, if the patterns say them: then it need not be read. A
  /// workspace of many services, each with a source of its own, is scanned in time that is linear in them.
  std::optional<std::set<std::string>> wanted_names(const Scope& scope) const {
    if (scope.taken) return std::nullopt;
    std::set<std::string> names;
    for (size_t i : scope.includes) {
      const std::string& prefix = includes_[i].literal_prefix();
      if (prefix.size() <= path_.size() || !prefix.starts_with(path_)) return std::nullopt;
      names.insert(prefix.substr(path_.size(), prefix.find('/', path_.size()) - path_.size()));
    }
    if (!in_context_) names.erase(".git");
    return names;
  }

  Status read_items(const Scope& scope, std::vector<Item>& items) {
    Status status;
    size_t length = path_.size();
    if (auto names = wanted_names(scope)) {
      for (const std::string& name : *names) {
        path_ += name;
        TB_TRY(judge(scope, path_.c_str() + length, DT_UNKNOWN, items));
        path_.resize(length);
      }
      return {};
    }
    int failure = reader_.read(stack_.fd(), [&](const char* name, unsigned char d_type) {
      if (!status || (!in_context_ && std::string_view(name) == ".git")) return;
      path_ += name;
      status = judge(scope, path_.c_str() + length, d_type, items);
      path_.resize(length);
    });
    if (failure != 0) return Error::os(failure, "cannot read the directory {}", shown());
    return status;
  }

  /// Decides about the entry at `path_`.
  Status judge(const Scope& scope, const char* name, unsigned char d_type, std::vector<Item>& items) {
    matching_.clear();
    bool taken = false;
    for (size_t i : scope.includes) {
      const Include& include = includes_[i];
      if ((scope.taken && include.used) || !include.matches(path_)) continue;
      matching_.push_back(i);
      taken = taken || include.takes_all_below();
    }
    bool selected = scope.taken || !matching_.empty();
    if (!selected && d_type != DT_DIR && d_type != DT_UNKNOWN) return {};

    mode_t mode = DTTOIF(d_type);
    if (d_type == DT_UNKNOWN) {
      struct stat info {};
      if (::fstatat(stack_.fd(), name, &info, AT_SYMLINK_NOFOLLOW) != 0) return {};
      mode = info.st_mode;
    }
    if (in_context_ && S_ISSOCK(mode)) return {};
    bool directory = S_ISDIR(mode);
    taken = directory && (taken || scope.taken);
    bool ignored = ignores();
    bool below = directory && (taken || any_below(scope)) && (!ignored || may_reinclude());
    selected = selected && !ignored;
    if (!selected && !below) return {};

    std::optional<FileType> type = file_type(mode);
    if (!type)
      return Error::make(Code::invalid, "{} is neither a file, a directory nor a symlink", shown())
          .hint("exclude it, or name the files that are meant");
    for (size_t i : matching_) includes_[i].used = true;
    if (path_.size() >= PATH_MAX)
      return Error::make(Code::invalid, "a path of {} bytes is too long: {}…", path_.size(),
                         path_.substr(0, 100));
    items.push_back({name, *type, selected, false});
    if (below) items.push_back({std::string(name) + '/', *type, false, taken});
    return {};
  }

  bool ignores() const {
    return std::any_of(ignores_.begin(), ignores_.end(),
                       [&](const IgnoreRules& rules) { return rules.ignores(path_); });
  }

  /// True if no set of rules ignores everything below the ignored directory at `path_`.
  bool may_reinclude() const {
    return std::all_of(ignores_.begin(), ignores_.end(), [&](const IgnoreRules& rules) {
      return !rules.ignores(path_) || rules.may_reinclude_below(path_);
    });
  }

  bool any_below(const Scope& scope) const {
    return std::any_of(scope.includes.begin(), scope.includes.end(),
                       [&](size_t i) { return includes_[i].may_match_below(path_); });
  }

  /// Enters the directory at `path_`, which ends with a '/'.
  Status enter(const Scope& parent, bool taken) {
    std::string_view path(path_.data(), path_.size() - 1);
    auto own = std::lower_bound(entries_.begin(), entries_.end(), path,
                                [](const FileEntry& entry, std::string_view p) { return entry.path < p; });
    if (own == entries_.end() || own->path != path) return {};  // it vanished

    Scope scope{.taken = taken, .includes = {}};
    for (size_t i : parent.includes)
      if (includes_[i].may_match_below(path)) scope.includes.push_back(i);
    std::string name(path.substr(path.rfind('/') + 1));
    UniqueFd directory = open_directory_at(stack_.fd(), name.c_str());
    if (!directory) return Error::os(errno, "cannot open the directory {}", shown());
    holders_.push_back(static_cast<size_t>(own - entries_.begin()));
    stack_.enter(std::move(directory));
    TB_TRY(walk(scope));
    TB_TRY(stack_.leave(), "while scanning {}", root_.string());
    holders_.pop_back();
    return {};
  }

  /// Adds the entry at `path_`. One that is not selected itself stays only if something below it is.
  Status add_entry(const Item& item) {
    struct stat info {};
    if (::fstatat(stack_.fd(), item.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return {};
      return Error::os(errno, "cannot stat {}", shown());
    }
    if (file_type(info.st_mode) != item.type)
      return Error::make(Code::failed, "{} was replaced while it was scanned", shown());
    FileEntry entry{.path = path_, .type = item.type, .stat = file_stat(info), .link = {}};
    if (item.type == FileType::symlink) {
      TB_LET(entry.link, read_link(stack_.fd(), item.name.c_str()), "at {}", shown());
    }
    entries_.push_back(std::move(entry));
    kept_.push_back(item.selected);
    if (!item.selected) return {};
    for (auto holder = holders_.rbegin(); holder != holders_.rend() && !kept_[*holder]; ++holder)
      kept_[*holder] = true;
    return {};
  }

  ScanResult result() {
    ScanResult out;
    size_t index = 0;
    std::erase_if(entries_, [&](const FileEntry&) { return !kept_[index++]; });
    out.entries = std::move(entries_);
    for (const Include& include : includes_)
      if (!include.used && include.must_match()) out.unmatched.push_back(include.text());
    return out;
  }

  const std::filesystem::path& root_;
  const bool in_context_;
  std::vector<Include> includes_;
  std::vector<IgnoreRules> ignores_;
  std::vector<VisitedDirectory>* visited_;
  DirectoryReader reader_;
  DirectoryStack stack_;
  std::vector<size_t> holders_;  // entries of the directories that hold `path_`
  std::vector<size_t> matching_;
  std::string path_;
  std::vector<FileEntry> entries_;
  std::vector<bool> kept_;  // of each entry
};

Result<std::vector<IgnoreRules>> ignore_rules(const Selection& selection) {
  std::vector<IgnoreRules> rules;
  TB_LET(IgnoreRules exclude, IgnoreRules::parse(join(selection.exclude, "\n")), "in the excluded patterns");
  if (!exclude.empty()) rules.push_back(std::move(exclude));
  TB_LET(IgnoreRules given, IgnoreRules::parse(join(selection.ignore, "\n")), "in the ignore file");
  if (!given.empty()) rules.push_back(std::move(given));
  if (selection.ignore_file.empty()) return rules;

  std::filesystem::path file = selection.root / selection.ignore_file;
  Result<std::string> text = read_file(file, kMaxIgnoreFile);
  if (!text && text.error().code() == Code::not_found) return rules;
  if (!text) return std::move(text).error();
  TB_LET(IgnoreRules ignores, IgnoreRules::parse(*text), "in {}", file.string());
  if (!ignores.empty()) rules.push_back(std::move(ignores));
  return rules;
}

Result<ScanResult> scan_for(const Selection& selection, std::vector<Include> includes,
                            const std::vector<IgnoreRules>& ignores, std::vector<VisitedDirectory>* visited) {
  if (visited != nullptr) visited->clear();
  UniqueFd root(::open(selection.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root && errno == ENOTDIR)
    return Error::make(Code::not_found, "{} is not a directory", selection.root.string());
  if (!root) return Error::os(errno, "cannot open the directory {}", selection.root.string());
  return Scanner(selection, std::move(includes), ignores, visited).run(std::move(root));
}

/// Where a path of a context leads, and the symlinks on the way.
struct Followed {
  std::string path;
  std::vector<std::string> links;
};

Result<Followed> follow(const std::filesystem::path& root, const std::string& path) {
  Followed followed;
  auto link_at = [&](const std::string& at) -> Result<std::optional<std::string>> {
    struct stat info {};
    std::string file = (root / at).string();
    if (::lstat(file.c_str(), &info) != 0 || !S_ISLNK(info.st_mode)) return std::optional<std::string>();
    followed.links.push_back(at);
    TB_LET(std::string target, read_link(AT_FDCWD, file.c_str()), "at {}", file);
    return std::optional(std::move(target));
  };
  TB_LET(followed.path, root_path(path, link_at));
  return followed;
}

/// The includes of a context's patterns. With the entries that a scan for them has found, those too that
/// symlinks among the matches lead to.
Result<std::vector<Include>> context_includes(const Selection& selection,
                                              const std::vector<FileEntry>& found) {
  std::vector<Include> includes;
  auto add_links = [&](const Followed& followed) {
    for (const std::string& link : followed.links) includes.push_back(Include::followed(link));
  };
  for (const std::string& text : selection.include) {
    TB_LET(ContextPattern pattern, ContextPattern::compile(text, ContextPattern::Deep::yes));
    TB_LET(Followed prefix, follow(selection.root, pattern.prefix()));
    add_links(prefix);
    ContextPattern placed = pattern.below(std::move(prefix.path));
    if (placed.has_wildcards()) {
      for (const FileEntry& entry : found) {
        if (entry.type != FileType::symlink || !placed.matches(entry.path)) continue;
        TB_LET(Followed target, follow(selection.root, entry.path));
        add_links(target);
        includes.push_back(Include::followed(std::move(target.path)));
      }
    }
    includes.push_back(Include::context(std::move(placed)));
  }
  return includes;
}

}  // namespace

const char* ignore_file_in(const std::filesystem::path& root) {
  std::error_code failure;
  for (const char* name : kIgnoreFiles)
    if (std::filesystem::exists(root / name, failure)) return name;
  return kIgnoreFiles.front();
}

Result<ScanResult> scan(const Selection& selection, std::vector<VisitedDirectory>* visited) {
  TB_LET(std::vector<IgnoreRules> ignores, ignore_rules(selection));
  if (selection.kind == Selection::Kind::context) {
    TB_LET(std::vector<Include> includes, context_includes(selection, {}));
    size_t count = includes.size();
    TB_LET(ScanResult found, scan_for(selection, std::move(includes), ignores, visited));
    TB_LET(std::vector<Include> all, context_includes(selection, found.entries));
    if (all.size() == count) return found;
    return scan_for(selection, std::move(all), ignores, visited);
  }
  std::vector<Include> includes;
  for (const std::string& pattern : selection.include) {
    TB_LET(Glob glob, Glob::compile(pattern));
    includes.push_back(Include::glob(std::move(glob)));
  }
  return scan_for(selection, std::move(includes), ignores, visited);
}

}  // namespace tierbuild::fs
