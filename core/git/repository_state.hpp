// What the files of Repository share.
#pragma once

#include <mutex>

#include "git/library.hpp"
#include "git/repository.hpp"

namespace tierbuild::git {

struct Repository::State {
  Library library;  // first in, last out
  RepositoryHandle handle;
  std::filesystem::path root;
  std::mutex mutex;  // libgit2 gives no promise for one repository in two threads
};

std::string hex(const git_oid& id);
/// The commit that HEAD names; nothing before the first one.
Result<std::optional<git_oid>> head_commit(git_repository* repository);

}  // namespace tierbuild::git
