#include "git/clones.hpp"

#include <fcntl.h>

#include "fs/file.hpp"
#include "git/checkout.hpp"
#include "git/git_directory.hpp"
#include "git/submodules.hpp"
#include "hash/digest.hpp"

namespace tierbuild::git {

namespace stdfs = std::filesystem;

/// The files of one commit, its submodules with it.
class Checkout {
 public:
  Checkout(Clones& clones, const CheckoutOptions& options) : clones_(clones), options_(options) {}

  Status run(const std::string& url, const RemoteRef& ref, int directory, int depth) {
    TB_LET(RepositoryHandle repository, clones_.with(url, ref));
    TB_LET(Objects objects, Objects::open(repository.get()));
    TB_LET(CommitFacts commit, objects.commit(ref.commit));
    TB_TRY(TreeWriter(objects, limits_, clones_.stop_,
                      [&](const std::string& path, const ObjectId& id, int below) -> Status {
                        if (!options_.submodules) return {};
                        return submodule(objects, commit.tree, url, path, id, below, depth);
                      })
               .write(commit.tree, directory));
    if (depth == 0 && options_.keep_git_dir) TB_TRY(write_git_directory(objects, url, ref, directory));
    return {};
  }

 private:
  Status submodule(const Objects& objects, const ObjectId& tree, const std::string& url,
                   const std::string& path, const ObjectId& commit, int directory, int depth) {
    constexpr int kDeepest = 16;
    if (depth == kDeepest)
      return Error::make(Code::corrupt, "the submodule '{}' is one of {} within each other", path, depth + 1);
    TB_LET(std::string from, submodule_url(objects, tree, url, path));
    TB_TRY(run(from, RemoteRef{"", commit, commit}, directory, depth + 1), "in the submodule '{}'", path);
    return {};
  }

  Clones& clones_;
  const CheckoutOptions& options_;
  TreeLimits limits_;
};

Result<Clones> Clones::open(stdfs::path directory, AccessOf access, Network network, std::stop_token stop) {
  TB_TRY(open_libgit2());
  return Clones(std::move(directory), std::move(access), network, std::move(stop));
}

Result<RemoteRef> Clones::find(const std::string& url, const std::string& ref) {
  if (auto commit = parse_id(ref)) return RemoteRef{"", *commit, *commit};
  Library library;
  TB_LET(Remote remote, Remote::open(nullptr, url, access_(url)));
  return remote.find(ref, stop_);
}

Status Clones::check_out(const std::string& url, const RemoteRef& ref, const stdfs::path& to,
                         const CheckoutOptions& options) {
  Library library;
  UniqueFd directory(::open(to.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return Error::os(errno, "cannot open {}", to.string());
  return Checkout(*this, options).run(url, ref, directory.get(), 0);
}

Result<RepositoryHandle> Clones::with(const std::string& url, const RemoteRef& ref) {
  stdfs::path path = directory_ / Digest::of(url).hex();
  RepositoryHandle repository;
  if (acquire(repository, git_repository_open_bare, path.c_str()) != 0) {
    TB_TRY(fs::make_directories(directory_));
    unsigned bare = 1;
    if (int code = acquire(repository, git_repository_init, path.c_str(), bare); code != 0)
      return git_failure(code, fmt::format("cannot make the repository {}", path.string()));
  }
  std::error_code ignored;  // for prunes: what was used last goes last
  stdfs::last_write_time(path, stdfs::file_time_type::clock::now(), ignored);
  TB_LET(Objects objects, Objects::open(repository.get()));
  if (objects.has(ref.commit)) return repository;
  if (network_ == Network::none)
    return Error::make(Code::network, "the commit {} of {} is not here, and --offline forbids to fetch it",
                       ref.commit.hex(), url);
  TB_LET(Remote remote, Remote::open(repository.get(), url, access_(url)));
  TB_TRY(remote.fetch(ref, stop_));
  TB_LET(Objects fetched, Objects::open(repository.get()));
  if (!fetched.has(ref.commit))
    return Error::make(Code::not_found, "{} has no commit {}", url, ref.commit.hex())
        .hint("it must be one that a branch or a tag leads to");
  return repository;
}

}  // namespace tierbuild::git
