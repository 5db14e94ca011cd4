#include "git/library.hpp"

#include <mutex>

namespace tierbuild::git {
namespace {

std::mutex users_mutex;
size_t users = 0;

/// Extensions that do not change what is read here; libgit2 refuses repositories with any that it is not told
/// of. A partial clone lacks blobs (to read one fails then); a sparse checkout marks in the index what it
/// left out.
void allow_extensions() {
  const char* names[] = {"partialclone", "worktreeconfig", "preciousobjects"};
  git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, names, std::size(names));
}

}  // namespace

Status open_libgit2() {
  static const Status opened = []() -> Status {
    TB_LET(SharedLibrary library, SharedLibrary::open(GIT2_SONAME, GIT2_PACKAGE));
    TB_LIBGIT2(TB_TAKE_FUNCTION)
    return {};
  }();
  return opened;
}

Library::Library() {
  std::lock_guard lock(users_mutex);
  if (users++ > 0) return;
  git_libgit2_init();
  allow_extensions();
}

Library::~Library() {
  std::lock_guard lock(users_mutex);
  if (--users == 0) git_libgit2_shutdown();
}

Error git_failure(int code, std::string message) {
  if (const git_error* last = git_error_last(); last != nullptr && last->message != nullptr)
    message += fmt::format(": {}", last->message);
  switch (code) {
    case GIT_ENOTFOUND:
      return {Code::not_found, std::move(message)};
    case GIT_EINVALIDSPEC:
    case GIT_EAMBIGUOUS:
      return {Code::invalid, std::move(message)};
    case GIT_EMISMATCH:
      return {Code::corrupt, std::move(message)};
    default:
      return {Code::io, std::move(message)};
  }
}

}  // namespace tierbuild::git
