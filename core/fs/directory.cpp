#include "fs/directory.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace tierbuild::fs {

void DirectoryStack::enter(UniqueFd directory) {
  levels_.push_back({std::move(directory)});
  if (levels_.size() <= kHeldOpen) return;
  Level& far = levels_[levels_.size() - 1 - kHeldOpen];
  struct stat info {};
  if (!far.fd || ::fstat(far.fd.get(), &info) != 0) return;
  far.device = info.st_dev;
  far.inode = info.st_ino;
  far.fd.reset();
}

Status DirectoryStack::leave() {
  UniqueFd child = std::move(levels_.back().fd);
  levels_.pop_back();
  if (levels_.empty() || levels_.back().fd) return {};
  Level& level = levels_.back();
  UniqueFd parent = open_directory_at(child.get(), "..");
  struct stat info {};
  if (!parent || ::fstat(parent.get(), &info) != 0)
    return Error::os(errno, "cannot go back to a parent directory");
  if (info.st_dev != level.device || info.st_ino != level.inode)
    return Error(Code::failed, "a directory was moved while its tree was walked");
  level.fd = std::move(parent);
  return {};
}

UniqueFd open_directory_at(int parent, const char* name) {
  return UniqueFd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

UniqueFd open_below(int root, const char* path, int flags) {
  open_how how{};
  how.flags = static_cast<uint64_t>(flags | O_NOFOLLOW | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  long fd;
  do {
    fd = ::syscall(SYS_openat2, root, path, &how, sizeof how);
  } while (fd < 0 && (errno == EAGAIN || errno == EINTR));
  return UniqueFd(static_cast<int>(fd));
}

}  // namespace tierbuild::fs
