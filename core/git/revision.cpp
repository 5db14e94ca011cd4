// Revisions: what a name stands for, and where two histories part.
#include <queue>
#include <set>

#include "base/strings.hpp"
#include "fs/file.hpp"
#include "git/objects.hpp"
#include "git/repository_state.hpp"

namespace tierbuild::git {
namespace {

constexpr const char* kDeepen = "git fetch --deepen=100, again until it does, or git fetch --unshallow";

/// The commits whose parents a shallow clone lacks; none if the clone is whole.
std::set<ObjectId> shallow_commits(git_repository* repository) {
  std::set<ObjectId> commits;
  auto text =
      fs::read_file(std::filesystem::path(git_repository_commondir(repository)) / "shallow", 64 << 20);
  if (!text) return commits;
  for (std::string_view line : split(*text, '\n')) {
    git_oid id;
    std::string hex(line);
    if (hex.size() == GIT_OID_HEXSZ && git_oid_fromstr(&id, hex.c_str()) == 0) commits.insert(id_of(id));
  }
  return commits;
}

/// The names that a user may have meant: branches, tags, and branches of remotes.
std::vector<std::string> known_names(git_repository* repository) {
  std::vector<std::string> names{"HEAD"};
  ReferenceIterator all;
  int code = acquire(all, git_reference_iterator_glob_new, repository, "refs/*");
  while (code == 0) {
    ReferenceHandle reference;
    code = acquire(reference, [&](git_reference** out) { return git_reference_next(out, all.get()); });
    if (code != 0) break;
    std::string_view name = git_reference_name(reference.get());
    for (std::string_view prefix : {"refs/heads/", "refs/tags/", "refs/remotes/"})
      if (name.starts_with(prefix)) names.emplace_back(name.substr(prefix.size()));
  }
  return names;
}

Error unknown_revision(git_repository* repository, const std::string& rev) {
  std::vector<std::string> names = known_names(repository);
  auto remote = std::find_if(names.begin(), names.end(),
                             [&](const std::string& name) { return name.ends_with("/" + rev); });
  bool plain = rev.find_first_of("~^@:{") == std::string::npos;
  auto near = remote != names.end() ? std::optional(*remote) : plain ? suggest(rev, names) : std::nullopt;
  Error error = Error::make(Code::invalid, "git knows no commit '{}'{}", printable(rev),
                            near ? fmt::format(" (did you mean '{}'?)", *near) : "");
  if (!shallow_commits(repository).empty())
    return std::move(error).hint(fmt::format("this is a shallow clone; if it lacks the commit: {}", kDeepen));
  return std::move(error).hint("name a branch, a tag or a commit; `git fetch` brings those of the remote");
}

/// Walks both histories from the newest commit to the oldest until all that is left is older than what they
/// have in common.
class MergeBaseSearch {
 public:
  MergeBaseSearch(const Objects& objects, std::set<ObjectId> shallow)
      : objects_(objects), shallow_(std::move(shallow)) {}

  Result<std::optional<ObjectId>> run(const ObjectId& one, const ObjectId& other) {
    if (one == other) return std::optional(one);
    TB_TRY(paint(one, kOne));
    TB_TRY(paint(other, kOther));
    std::vector<ObjectId> found;
    while (fresh_ > 0) {
      ObjectId id = queue_.top().second;
      queue_.pop();
      Commit& commit = commits_[id];
      commit.queued = false;
      unsigned marks = commit.marks;
      if ((marks & kStale) == 0) --fresh_;
      if ((marks & (kOne | kOther)) == (kOne | kOther)) {
        if ((marks & kStale) == 0) found.push_back(id);
        marks |= kStale;
      }
      if (shallow_.contains(id)) continue;
      for (const ObjectId& parent : std::vector(commit.parents)) TB_TRY(paint(parent, marks));
    }
    for (const ObjectId& id : found)
      if ((commits_[id].marks & kStale) == 0) return std::optional(id);
    return std::optional<ObjectId>();
  }

 private:
  enum Mark : unsigned { kOne = 1, kOther = 2, kStale = 4 };
  struct Commit {
    unsigned marks = 0;
    bool queued = false, read = false;
    int64_t time = 0;
    std::vector<ObjectId> parents;
  };

  Status paint(const ObjectId& id, unsigned marks) {
    Commit& commit = commits_[id];
    if ((commit.marks & marks) == marks) return {};
    if (!commit.read) {
      TB_LET(CommitFacts facts, objects_.commit(id));
      commit.time = facts.time;
      commit.parents = std::move(facts.parents);
      commit.read = true;
    }
    bool was_fresh = commit.queued && (commit.marks & kStale) == 0;
    commit.marks |= marks;
    bool is_fresh = (commit.marks & kStale) == 0;
    if (was_fresh && !is_fresh) --fresh_;
    if (!commit.queued && is_fresh) ++fresh_;
    if (!commit.queued) queue_.emplace(commit.time, id);
    commit.queued = true;
    return {};
  }

  const Objects& objects_;
  const std::set<ObjectId> shallow_;
  std::map<ObjectId, Commit> commits_;
  std::priority_queue<std::pair<int64_t, ObjectId>> queue_;
  size_t fresh_ = 0;  // queued commits that may still lead to a first common one
};

}  // namespace

Result<MergeBase> Repository::merge_base(const std::string& rev) const {
  std::lock_guard lock(state_->mutex);
  git_repository* repository = state_->handle.get();
  TB_LET(std::optional<git_oid> head, head_commit(repository), "in {}", state_->root.string());
  if (!head)
    return Error::make(Code::invalid, "the git repository {} has no commit yet", state_->root.string())
        .hint("commit first");
  ObjectHandle object, commit;
  int code = acquire(object, git_revparse_single, repository, rev.c_str());
  if (code == 0) code = acquire(commit, git_object_peel, object.get(), GIT_OBJECT_COMMIT);
  if (code != 0) return unknown_revision(repository, rev);

  TB_LET(Objects objects, Objects::open(repository));
  std::set<ObjectId> shallow = shallow_commits(repository);
  ObjectId other = id_of(*git_object_id(commit.get()));
  TB_LET(std::optional<ObjectId> base, MergeBaseSearch(objects, shallow).run(id_of(*head), other),
         "while looking for what HEAD and '{}' have in common", rev);
  if (!base && !shallow.empty())
    return Error::make(Code::invalid,
                       "the history of this shallow clone does not reach what HEAD and '{}' have in common",
                       printable(rev))
        .hint(kDeepen);
  if (!base)
    return Error::make(Code::invalid, "HEAD and '{}' have no commit in common", printable(rev))
        .hint("compare with a commit of this history");
  TB_LET(CommitFacts facts, objects.commit(*base));
  return MergeBase{base->hex(), facts.tree};
}

}  // namespace tierbuild::git
