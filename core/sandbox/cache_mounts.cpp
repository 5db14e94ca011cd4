#include "sandbox/cache_mounts.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/scope_guard.hpp"
#include "hash/digest.hpp"

namespace tierbuild::sandbox {
namespace {

namespace stdfs = std::filesystem;

enum class Wait : uint8_t { no, yes };

// Locks the file; nothing if another holds it and we do not wait. A lock file may be removed by a prune while
// we wait for it, and then the lock is worth nothing and a new file is tried.
Result<std::optional<UniqueFd>> lock_file(const stdfs::path& path, int kind, Wait wait) {
  for (;;) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return Error::os(errno, "cannot open the lock '{}'", path.string());
    while (::flock(fd.get(), kind | (wait == Wait::no ? LOCK_NB : 0)) != 0) {
      if (errno == EWOULDBLOCK) return std::optional<UniqueFd>{};
      if (errno != EINTR) return Error::os(errno, "cannot lock '{}'", path.string());
    }
    struct stat held {
    }, named{};
    if (::fstat(fd.get(), &held) == 0 && ::lstat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino)
      return std::optional(std::move(fd));
  }
}

// A new directory appears under its name only with its owner and mode.
Status ensure_directory(const stdfs::path& path, uint32_t uid, uint32_t gid, uint32_t mode) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0) {
    if (S_ISDIR(found.st_mode)) return {};
    return Error::make(Code::corrupt, "the cache mount '{}' is not a directory", path.string());
  }
  std::string fresh = path.string() + ".XXXXXX";
  if (::mkdtemp(fresh.data()) == nullptr) return Error::os(errno, "cannot create the directory '{}'", fresh);
  ScopeGuard cleanup([&] { ::rmdir(fresh.c_str()); });
  if (::chown(fresh.c_str(), uid, gid) != 0) return Error::os(errno, "cannot set the owner of '{}'", fresh);
  if (::chmod(fresh.c_str(), mode & 07777) != 0)
    return Error::os(errno, "cannot set the mode of '{}'", fresh);
  if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) {
    cleanup.dismiss();
    return {};
  }
  if (errno == EEXIST) return {};
  return Error::os(errno, "cannot create the directory '{}'", path.string());
}

}  // namespace

std::string CacheMounts::identity(const std::string& id, const std::string& target) {
  return Digest::of(id.empty() ? target : id).hex();
}

Result<CacheMounts::Held> CacheMounts::acquire(const std::string& identity, Sharing sharing, uint32_t uid,
                                               uint32_t gid, uint32_t mode) {
  if (!Digest::from_hex(identity))
    return Error::make(Code::invalid, "'{}' is not the identity of a cache mount", identity);
  std::error_code failure;
  stdfs::create_directories(root_, failure);
  if (failure) return Error::os(failure.value(), "cannot create the directory '{}'", root_.string());

  stdfs::path directory = root_ / identity;
  std::optional<UniqueFd> lock;
  for (unsigned copy = 0; !lock; ++copy) {
    if (sharing == Sharing::private_) directory = root_ / fmt::format("{}.private-{}", identity, copy);
    TB_LET(lock, lock_file(directory.string() + ".lock", sharing == Sharing::shared ? LOCK_SH : LOCK_EX,
                           sharing == Sharing::private_ ? Wait::no : Wait::yes));
  }
  TB_TRY(ensure_directory(directory, uid, gid, mode));
  return Held{directory, *std::move(lock)};
}

}  // namespace tierbuild::sandbox
