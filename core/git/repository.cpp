#include "git/repository.hpp"

#include "base/strings.hpp"
#include "git/repository_state.hpp"

namespace tierbuild::git {
namespace {

constexpr std::string_view kBranches = "refs/heads/";
constexpr std::string_view kTags = "refs/tags/";

/// What follows the prefix of a reference's name, or nothing.
std::string after(std::string_view prefix, const char* name) {
  std::string_view text = name == nullptr ? "" : name;
  return text.starts_with(prefix) ? std::string(text.substr(prefix.size())) : std::string();
}

Result<std::string> head_branch(git_repository* repository) {
  ReferenceHandle head;
  int code = acquire(head, git_reference_lookup, repository, "HEAD");
  if (code != 0) return git_failure(code, "cannot read HEAD");
  return after(kBranches, git_reference_symbolic_target(head.get()));
}

bool points_at(const git_reference* tag, const git_oid& commit) {
  if (const git_oid* direct = git_reference_target(tag);
      direct != nullptr && git_oid_equal(direct, &commit) != 0)
    return true;
  if (const git_oid* peeled = git_reference_target_peel(tag); peeled != nullptr)
    return git_oid_equal(peeled, &commit) != 0;
  ObjectHandle object;
  return acquire(object, git_reference_peel, tag, GIT_OBJECT_COMMIT) == 0 &&
         git_oid_equal(git_object_id(object.get()), &commit) != 0;
}

Result<std::string> tag_at(git_repository* repository, const git_oid& commit) {
  ReferenceIterator tags;
  int code = acquire(tags, git_reference_iterator_glob_new, repository, "refs/tags/*");
  std::string last;
  while (code == 0) {
    ReferenceHandle tag;
    code = acquire(tag, [&](git_reference** out) { return git_reference_next(out, tags.get()); });
    if (code != 0) break;
    std::string name = after(kTags, git_reference_name(tag.get()));
    if (name > last && points_at(tag.get(), commit)) last = name;
  }
  if (code != GIT_ITEROVER) return git_failure(code, "cannot list the tags");
  return last;
}

/// A sparse checkout leaves files out and marks them so; git does not count them as deleted, libgit2 does.
bool is_left_out(git_index* index, const git_status_entry& entry) {
  if (entry.status != GIT_STATUS_WT_DELETED) return false;
  const git_index_entry* file = git_index_get_bypath(index, entry.index_to_workdir->old_file.path, 0);
  return file != nullptr && (file->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE) != 0;
}

Result<bool> is_dirty(git_repository* repository) {
  git_status_options options;
  git_status_options_init(&options, GIT_STATUS_OPTIONS_VERSION);
  options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
  options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED;
  StatusHandle status;
  IndexHandle index;
  int code = acquire(status, git_status_list_new, repository, &options);
  if (code == 0) code = acquire(index, git_repository_index, repository);
  if (code != 0) return git_failure(code, "cannot compare the work tree with HEAD");
  for (size_t i = 0; i < git_status_list_entrycount(status.get()); ++i)
    if (!is_left_out(index.get(), *git_status_byindex(status.get(), i))) return true;
  return false;
}

/// The top directory of the work tree that holds `path`, found without opening the repository.
std::string top_of(const std::filesystem::path& path) {
  git_buf found = GIT_BUF_INIT;
  std::string top = path.string();
  if (git_repository_discover(&found, path.c_str(), 0, nullptr) == 0) {
    std::string_view dir(found.ptr, found.size);
    if (dir.ends_with("/.git/")) top = dir.substr(0, dir.size() - std::string_view("/.git/").size());
  }
  git_buf_dispose(&found);
  return top;
}

/// libgit2 1.5 reports a foreign owner as a missing `safe.directory` if the user's configuration has none.
bool is_owner_failure(int code) {
  const git_error* last = git_error_last();
  return code == GIT_EOWNER || (code == GIT_ENOTFOUND && last != nullptr && last->klass == GIT_ERROR_CONFIG);
}

Error foreign_owner(const std::filesystem::path& path) {
  std::string top = top_of(path);
  return Error::make(Code::denied, "the git repository {} belongs to another user", top)
      .hint(fmt::format("if you trust it: git config --global --add safe.directory {}", shell_quote(top)));
}

}  // namespace

std::string hex(const git_oid& id) {
  std::string text(GIT_OID_HEXSZ, '\0');
  git_oid_fmt(text.data(), &id);
  return text;
}

Result<std::optional<git_oid>> head_commit(git_repository* repository) {
  git_oid id;
  int code = git_reference_name_to_id(&id, repository, "HEAD");
  if (code == 0) return std::optional(id);
  if (git_repository_head_unborn(repository) == 1) return std::optional<git_oid>();
  return git_failure(code, "cannot read HEAD");
}

Repository::Repository(std::unique_ptr<State> state) : state_(std::move(state)) {}
Repository::Repository(Repository&&) noexcept = default;
Repository& Repository::operator=(Repository&&) noexcept = default;
Repository::~Repository() = default;

Result<std::optional<Repository>> Repository::discover(const std::filesystem::path& path) {
  return open_with(path, 0);
}

Result<std::optional<Repository>> Repository::open(const std::filesystem::path& path) {
  return open_with(path, GIT_REPOSITORY_OPEN_NO_SEARCH);
}

Result<std::optional<Repository>> Repository::open_with(const std::filesystem::path& path, unsigned flags) {
  TB_TRY(open_libgit2());
  auto state = std::make_unique<State>();
  int code = acquire(state->handle, git_repository_open_ext, path.c_str(), flags, nullptr);
  if (is_owner_failure(code)) return foreign_owner(path);
  if (code == GIT_ENOTFOUND) return std::optional<Repository>();
  if (code != 0) return git_failure(code, fmt::format("cannot open the git repository of {}", path.string()));
  const char* root = git_repository_workdir(state->handle.get());
  if (root == nullptr) return std::optional<Repository>();
  std::string_view text = root;
  if (text.size() > 1 && text.ends_with('/')) text.remove_suffix(1);
  state->root = text;
  return std::optional(Repository(std::move(state)));
}

const std::filesystem::path& Repository::root() const {
  return state_->root;
}

Result<Head> Repository::head() const {
  std::lock_guard lock(state_->mutex);
  git_repository* repository = state_->handle.get();
  Head head;
  TB_LET(std::optional<git_oid> commit, head_commit(repository), "in {}", state_->root.string());
  TB_LET(head.branch, head_branch(repository), "in {}", state_->root.string());
  TB_LET(head.dirty, is_dirty(repository), "in {}", state_->root.string());
  if (!commit) return head;
  head.sha = hex(*commit);
  TB_LET(head.tag, tag_at(repository, *commit), "in {}", state_->root.string());
  return head;
}

Result<std::optional<std::string>> Repository::read(const std::string& rev, const std::string& path) const {
  std::lock_guard lock(state_->mutex);
  git_repository* repository = state_->handle.get();
  ObjectHandle object, tree, blob;
  int code = acquire(object, git_revparse_single, repository, rev.c_str());
  if (code == 0) code = acquire(tree, git_object_peel, object.get(), GIT_OBJECT_TREE);
  if (code != 0)
    return git_failure(code, fmt::format("'{}' names no commit in {}", rev, state_->root.string()));

  if (path.empty()) return std::optional<std::string>();
  EntryHandle entry;
  code = acquire(entry, git_tree_entry_bypath, reinterpret_cast<const git_tree*>(tree.get()), path.c_str());
  if (code == GIT_ENOTFOUND) return std::optional<std::string>();
  if (code != 0) return git_failure(code, fmt::format("cannot look up {} in {}", path, rev));
  if (git_tree_entry_filemode(entry.get()) == GIT_FILEMODE_LINK)
    return Error::make(Code::invalid, "{} is a symlink in {}", path, rev);
  if (git_tree_entry_type(entry.get()) != GIT_OBJECT_BLOB) return std::optional<std::string>();
  code = acquire(blob, git_tree_entry_to_object, repository, entry.get());
  if (code != 0) return git_failure(code, fmt::format("cannot read {} of {}", path, rev));
  const auto* content = reinterpret_cast<const git_blob*>(blob.get());
  return std::optional(std::string(static_cast<const char*>(git_blob_rawcontent(content)),
                                   static_cast<size_t>(git_blob_rawsize(content))));
}

Result<std::vector<std::string>> Repository::tracked(const std::string& directory) const {
  std::lock_guard lock(state_->mutex);
  IndexHandle index;
  int code = acquire(index, git_repository_index, state_->handle.get());
  if (code == 0) code = git_index_read(index.get(), 0);
  if (code != 0) return git_failure(code, fmt::format("cannot read the index of {}", state_->root.string()));
  std::string prefix = std::filesystem::path(directory).lexically_normal().generic_string();
  if (prefix == ".") prefix.clear();
  if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';

  std::vector<std::string> paths;
  size_t at = 0;
  if (!prefix.empty() && git_index_find_prefix(&at, index.get(), prefix.c_str()) != 0) return paths;
  for (const git_index_entry* entry; (entry = git_index_get_byindex(index.get(), at)) != nullptr; ++at) {
    std::string_view path = entry->path;
    if (!path.starts_with(prefix)) break;
    bool conflict_stage_seen = !paths.empty() && paths.back() == path;
    if (entry->mode != GIT_FILEMODE_COMMIT && !conflict_stage_seen) paths.emplace_back(path);
  }
  return paths;
}

}  // namespace tierbuild::git
