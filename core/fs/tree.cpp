#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstdlib>
#include <set>

#include "fs/directory.hpp"
#include "fs/file.hpp"

namespace tierbuild::fs {
namespace {

/// A directory whose subdirectories are still to be visited, innermost last in a walk.
struct PendingDirectory {
  std::string name;  // in its parent
  std::vector<std::string> subdirectories;
};

/// `dir/` → `dir`: with the slash, system calls would follow a symlink.
stdfs::path without_slash(stdfs::path path) {
  while (!path.has_filename() && path.has_relative_path()) path = path.parent_path();
  return path;
}

/// Opens a directory that is no mount point and no symlink.
UniqueFd open_same_mount(int parent, const char* name) {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_NO_XDEV;
  return UniqueFd(static_cast<int>(::syscall(SYS_openat2, parent, name, &how, sizeof how)));
}

/// Gives the owner all rights on a directory that cannot even be opened. The descriptor in between makes sure
/// that it is this directory and not what a symlink in its place points to.
void allow_owner(int parent, const char* name) {
  UniqueFd fd(::openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (fd) ::chmod(fmt::format("/proc/self/fd/{}", fd.get()).c_str(), 0700);
}

class Remover {
 public:
  explicit Remover(const stdfs::path& top) : top_(top) {}

  Status run(int parent, const char* name) {
    enter(parent, name);
    while (!pending_.empty()) {
      auto& subdirectories = pending_.back().subdirectories;
      if (subdirectories.empty()) {
        TB_TRY(leave(parent), "while removing {}", top_.string());
      } else {
        std::string next = std::move(subdirectories.back());
        subdirectories.pop_back();
        enter(stack_.fd(), next.c_str());
      }
    }
    return first_ ? Status(std::move(*first_)) : Status();
  }

 private:
  void enter(int parent, const char* name) {
    UniqueFd fd = open_same_mount(parent, name);
    if (!fd && errno == EACCES) {
      allow_owner(parent, name);
      fd = open_same_mount(parent, name);
    }
    if (!fd) return note(errno, name);
    struct stat info {};
    if (::fstat(fd.get(), &info) == 0 && (info.st_mode & 0700) != 0700) ::fchmod(fd.get(), 0700);

    PendingDirectory directory{name, {}};
    int failure = reader_.read(fd.get(), [&](const char* entry, unsigned char type) {
      if (type != DT_DIR && ::unlinkat(fd.get(), entry, 0) == 0) return;
      if (type == DT_DIR || errno == EISDIR)
        directory.subdirectories.emplace_back(entry);
      else
        note(errno, entry);
    });
    if (failure != 0) note(failure, name);
    stack_.enter(std::move(fd));
    pending_.push_back(std::move(directory));
  }

  Status leave(int parent) {
    TB_TRY(stack_.leave());
    std::string name = std::move(pending_.back().name);
    pending_.pop_back();
    if (::unlinkat(stack_.empty() ? parent : stack_.fd(), name.c_str(), AT_REMOVEDIR) != 0) note(errno, name);
    return {};
  }

  /// The rest is removed all the same; the first failure is the one to tell.
  void note(int failure, std::string_view name) {
    if (failure == ENOENT || first_) return;
    std::string what = stack_.empty() ? top_.string() : fmt::format("'{}' below {}", name, top_.string());
    first_ = failure == EXDEV || failure == EBUSY
                 ? Error::make(Code::io, "cannot remove {}: it is a mount point", what)
                 : Error::os(failure, "cannot remove {}", what);
  }

  const stdfs::path& top_;
  DirectoryReader reader_;
  DirectoryStack stack_;
  std::vector<PendingDirectory> pending_;
  std::optional<Error> first_;
};

class UsageCounter {
 public:
  Result<uint64_t> run(const stdfs::path& path) {
    if (!count(AT_FDCWD, path.c_str())) return Error::os(errno, "cannot stat {}", path.string());
    device_ = last_.st_dev;
    if (S_ISDIR(last_.st_mode)) {
      TB_TRY(enter(AT_FDCWD, path.c_str()), "while measuring {}", path.string());
      while (!pending_.empty()) TB_TRY(step(), "while measuring {}", path.string());
    }
    return blocks_ * 512;
  }

 private:
  bool count(int parent, const char* name) {
    if (::fstatat(parent, name, &last_, AT_SYMLINK_NOFOLLOW) != 0) return false;
    bool linked_elsewhere = !S_ISDIR(last_.st_mode) && last_.st_nlink > 1;
    if (!linked_elsewhere || seen_.emplace(last_.st_dev, last_.st_ino).second)
      blocks_ += static_cast<uint64_t>(last_.st_blocks);
    return true;
  }

  Status enter(int parent, const char* name) {
    UniqueFd fd = open_directory_at(parent, name);
    if (!fd) return errno == ENOENT ? Status() : Error::os(errno, "cannot open the directory {}", name);
    PendingDirectory directory{name, {}};
    int failure = reader_.read(fd.get(), [&](const char* entry, unsigned char) {
      if (count(fd.get(), entry) && S_ISDIR(last_.st_mode) && last_.st_dev == device_)
        directory.subdirectories.emplace_back(entry);
    });
    if (failure != 0) return Error::os(failure, "cannot read the directory {}", name);
    stack_.enter(std::move(fd));
    pending_.push_back(std::move(directory));
    return {};
  }

  Status step() {
    auto& subdirectories = pending_.back().subdirectories;
    if (subdirectories.empty()) {
      pending_.pop_back();
      return stack_.leave();
    }
    std::string next = std::move(subdirectories.back());
    subdirectories.pop_back();
    return enter(stack_.fd(), next.c_str());
  }

  DirectoryReader reader_;
  DirectoryStack stack_;
  std::vector<PendingDirectory> pending_;
  std::set<std::pair<dev_t, ino_t>> seen_;
  struct stat last_ {};
  dev_t device_ = 0;
  uint64_t blocks_ = 0;
};

}  // namespace

Status remove_tree(const stdfs::path& path) {
  stdfs::path top = without_slash(path);
  if (!top.has_filename() || top.filename() == "." || top.filename() == "..")
    return Error::make(Code::invalid, "'{}' cannot be removed: it has no name of its own", path.string());
  if (::unlink(top.c_str()) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR) return Error::os(errno, "cannot remove {}", top.string());

  stdfs::path parent = top.has_parent_path() ? top.parent_path() : stdfs::path(".");
  UniqueFd parent_fd(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!parent_fd) return Error::os(errno, "cannot open the directory {}", parent.string());
  return Remover(top).run(parent_fd.get(), top.filename().c_str());
}

Result<uint64_t> disk_usage(const stdfs::path& path) {
  return UsageCounter().run(without_slash(path));
}

Result<TempDir> TempDir::make(const stdfs::path& parent, std::string_view prefix) {
  std::string pattern = (parent / fmt::format("{}-XXXXXX", prefix)).string();
  if (::mkdtemp(pattern.data()) == nullptr)
    return Error::os(errno, "cannot create a temporary directory in {}", parent.string());
  return TempDir(stdfs::path(pattern));
}

TempDir::TempDir(TempDir&& other) noexcept : path_(other.release()) {}

TempDir& TempDir::operator=(TempDir&& other) noexcept {
  stdfs::path old = std::exchange(path_, other.release());
  if (!old.empty()) static_cast<void>(remove_tree(old));
  return *this;
}

TempDir::~TempDir() {
  if (!path_.empty()) static_cast<void>(remove_tree(path_));
}

stdfs::path TempDir::release() {
  return std::exchange(path_, stdfs::path());
}

}  // namespace tierbuild::fs
