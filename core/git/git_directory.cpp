#include "git/git_directory.hpp"

#include <filesystem>
#include <set>

#include "fs/file.hpp"

namespace tierbuild::git {
namespace {

namespace stdfs = std::filesystem;

// `https://user:secret@host/x` as `https://host/x`.
std::string without_login(const std::string& url) {
  size_t host = url.find("://");
  if (host == std::string::npos || !url.starts_with("http")) return url;
  host += 3;
  size_t at = url.substr(0, url.find('/', host)).rfind('@');
  return at == std::string::npos || at < host ? url : url.substr(0, host) + url.substr(at + 1);
}

/// Copies a commit with all that it holds, but not its history.
class Copier {
 public:
  Copier(const Objects& from, git_odb* to) : from_(from), to_(to) {}

  Status commit(const ObjectId& id) {
    TB_TRY(object(id));
    TB_LET(CommitFacts facts, from_.commit(id));
    return tree(facts.tree);
  }

  Status object(const ObjectId& id) {
    git_oid oid = oid_of(id), written;
    Handle<git_odb_object, git_odb_object_free> object;
    int code = acquire(object, git_odb_read, from_.get(), &oid);
    if (code == 0)
      code = git_odb_write(&written, to_, git_odb_object_data(object.get()),
                           git_odb_object_size(object.get()), git_odb_object_type(object.get()));
    return code == 0 ? Status() : Status(git_failure(code, "cannot copy an object of the repository"));
  }

 private:
  Status tree(const ObjectId& id) {
    if (!seen_.insert(id).second) return {};
    TB_TRY(object(id));
    TB_LET(std::vector<NamedEntry> entries, from_.tree(id));
    for (const NamedEntry& entry : entries) {
      if (entry.entry.mode == Mode::directory) TB_TRY(tree(entry.entry.id));
      bool blob = entry.entry.mode != Mode::directory && entry.entry.mode != Mode::submodule;
      if (blob && seen_.insert(entry.entry.id).second) TB_TRY(object(entry.entry.id));
    }
    return {};
  }

  const Objects& from_;
  git_odb* to_;
  std::set<ObjectId> seen_;
};

// No stat is in it: git looks at the files when it first needs to.
Status write_index(const stdfs::path& directory, const ObjectId& tree) {
  RepositoryHandle repository;
  int code =
      acquire(repository, git_repository_open_ext, directory.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
  Handle<git_tree, git_tree_free> handle;
  git_oid oid = oid_of(tree);
  if (code == 0) code = acquire(handle, git_tree_lookup, repository.get(), &oid);
  IndexHandle index;
  if (code == 0) code = acquire(index, git_index_open, (directory / "index").c_str());
  if (code == 0) code = git_index_read_tree(index.get(), handle.get());
  if (code == 0) code = git_index_write(index.get());
  return code == 0 ? Status() : Status(git_failure(code, "cannot write the index of .git"));
}

}  // namespace

Status write_git_directory(const Objects& objects, const std::string& url, const RemoteRef& ref,
                           int directory) {
  stdfs::path top = fmt::format("/proc/self/fd/{}/.git", directory);
  for (const char* name : {"objects/info", "objects/pack", "refs/heads", "refs/tags"})
    TB_TRY(fs::make_directories(top / name));
  std::string commit = ref.commit.hex() + "\n";
  TB_TRY(fs::write_file(top / "HEAD", commit));
  TB_TRY(fs::write_file(top / "shallow", commit));
  TB_TRY(fs::write_file(
      top / "config", fmt::format("[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n"
                                  "[remote \"origin\"]\n\turl = {}\n"
                                  "\tfetch = +refs/heads/*:refs/remotes/origin/*\n",
                                  without_login(url))));
  if (ref.name.starts_with("refs/")) {
    stdfs::path file = top / stdfs::path(ref.name).lexically_normal();
    TB_TRY(fs::make_directories(file.parent_path()));
    TB_TRY(fs::write_file(file, ref.object.hex() + "\n"));
  }
  OdbHandle odb;
  if (int code = acquire(odb, git_odb_open, (top / "objects").c_str()); code != 0)
    return git_failure(code, "cannot make .git/objects");
  Copier copier(objects, odb.get());
  TB_TRY(copier.commit(ref.commit));
  if (!(ref.object == ref.commit)) TB_TRY(copier.object(ref.object));
  TB_LET(CommitFacts facts, objects.commit(ref.commit));
  return write_index(top, facts.tree);
}

}  // namespace tierbuild::git
