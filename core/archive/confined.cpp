#include "archive/confined.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "archive/path.hpp"
#include "base/scope_guard.hpp"
#include "base/strings.hpp"

namespace tierbuild::archive {
namespace {

constexpr int kMaxSymlinks = 40;

Result<std::string> read_link_at(int parent, const std::string& name) {
  std::string target(PATH_MAX, '\0');
  ssize_t size = ::readlinkat(parent, name.c_str(), target.data(), target.size());
  if (size < 0) return Error::os(errno, "cannot read the symlink {}", printable(name));
  target.resize(static_cast<size_t>(size));
  return target;
}

}  // namespace

Result<ConfinedRoot> ConfinedRoot::open(const std::filesystem::path& root) {
  UniqueFd fd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return Error::os(errno, "cannot open the directory {}", root.native());
  ConfinedRoot confined(std::move(fd));
  int self = confined.resolve("");
  if (self == -ENOSYS)
    return Error(Code::host_lacks, "the kernel has no openat2, archives cannot be unpacked safely")
        .hint("Linux 5.6 or newer is needed");
  if (self < 0) return Error::os(-self, "cannot open the directory {}", root.native());
  UniqueFd close(self);
  return confined;
}

int ConfinedRoot::resolve(const std::string& path) const {
  constexpr int kRaces = 1000;
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const char* name = path.empty() ? "." : path.c_str();
  // A rename anywhere on the host while `..` is resolved gives EAGAIN.
  for (int i = 0; i < kRaces; ++i) {
    long fd = ::syscall(SYS_openat2, fd_.get(), name, &how, sizeof how);
    if (fd >= 0) return static_cast<int>(fd);
    if (errno != EAGAIN && errno != EINTR) return -errno;
  }
  return -EAGAIN;
}

Result<UniqueFd> ConfinedRoot::directory(const std::string& path) const {
  int fd = resolve(path);
  if (fd >= 0) return UniqueFd(fd);
  if (fd == -ENOTDIR || fd == -ELOOP)
    return Error::make(Code::corrupt, "{} is not a directory", printable(path));
  return Error::os(-fd, "cannot open the directory {}", printable(path));
}

Result<UniqueFd> ConfinedRoot::make_directory(const std::string& path,
                                              const std::function<Status(const Missing&)>& make) const {
  std::string wanted = path;
  for (int links = 0; links <= kMaxSymlinks; ++links) {
    if (int fd = resolve(wanted); fd >= 0) return UniqueFd(fd);

    // The first component that does not lead to a directory.
    std::string done;
    std::optional<std::string> detour;
    std::vector<std::string_view> parts = split(wanted, '/');
    for (size_t i = 0; i < parts.size() && !detour; ++i) {
      if (parts[i].empty()) continue;
      std::string next = join_path(done, parts[i]);
      if (int fd = resolve(next); fd >= 0) {
        UniqueFd close(fd);
        done = std::move(next);
        continue;
      }
      TB_LET(UniqueFd parent, directory(done));
      std::string name(parts[i]);
      TB_LET(std::optional<struct stat> found, stat_at(parent.get(), name));
      if (found && S_ISLNK(found->st_mode)) {
        TB_LET(std::string target, read_link_at(parent.get(), name));
        detour = target.starts_with('/') ? target : join_path(done, target);
        for (size_t k = i + 1; k < parts.size(); ++k) detour = join_path(*detour, parts[k]);
      } else {
        TB_TRY(make({parent.get(), next, name}));
        done = std::move(next);
      }
    }
    if (detour) wanted = std::move(*detour);
  }
  return Error::make(Code::corrupt, "too many symlinks on the way to {}", printable(path));
}

Status remove_at(int parent, const std::string& name) {
  if (::unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM) return Error::os(errno, "cannot remove {}", printable(name));
  UniqueFd directory(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return Error::os(errno, "cannot remove {}", printable(name));
  TB_LET(std::vector<std::string> names, names_in(directory.get()));
  for (const std::string& below : names) TB_TRY(remove_at(directory.get(), below));
  if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT)
    return Error::os(errno, "cannot remove {}", printable(name));
  return {};
}

Result<std::vector<std::string>> names_in(int directory) {
  int copy = ::fcntl(directory, F_DUPFD_CLOEXEC, 0);
  DIR* stream = copy < 0 ? nullptr : ::fdopendir(copy);
  if (stream == nullptr) {
    Error error = Error::os(errno, "cannot list a directory");
    if (copy >= 0) ::close(copy);
    return error;
  }
  ScopeGuard close([&] { ::closedir(stream); });
  ::rewinddir(stream);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream)) {
    std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return Error::os(errno, "cannot list a directory");
  return names;
}

Result<std::optional<struct stat>> stat_at(int parent, const std::string& name) {
  struct stat info;
  if (::fstatat(parent, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0)
    return std::optional<struct stat>(info);
  if (errno == ENOENT) return std::optional<struct stat>();
  return Error::os(errno, "cannot look at {}", printable(name));
}

}  // namespace tierbuild::archive
