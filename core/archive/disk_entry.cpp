#include "archive/disk_entry.hpp"

#include <dirent.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "archive/path.hpp"
#include "archive/xattrs.hpp"
#include "base/scope_guard.hpp"
#include "base/strings.hpp"

namespace tierbuild::archive {
namespace {

Result<EntryType> type_of(mode_t mode, const std::string& path) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return EntryType::file;
    case S_IFDIR:
      return EntryType::directory;
    case S_IFLNK:
      return EntryType::symlink;
    case S_IFCHR:
      return EntryType::char_device;
    case S_IFBLK:
      return EntryType::block_device;
    case S_IFIFO:
      return EntryType::fifo;
    default:
      return Error::make(Code::invalid, "{} is a socket, which a layer cannot hold", printable(path));
  }
}

}  // namespace

Result<std::optional<struct stat>> stat_path(const std::string& file) {
  struct stat info;
  if (::lstat(file.c_str(), &info) == 0) return std::optional<struct stat>(info);
  if (errno == ENOENT) return std::optional<struct stat>();
  return Error::os(errno, "cannot look at {}", printable(file));
}

Result<std::vector<DiskName>> list_names(const std::string& directory) {
  using Kind = DiskName::Kind;
  DIR* stream = ::opendir(directory.c_str());
  if (stream == nullptr) return Error::os(errno, "cannot list {}", printable(directory));
  ScopeGuard close([&] { ::closedir(stream); });
  std::vector<DiskName> found;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(stream);
    if (entry == nullptr) break;
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    Kind kind = entry->d_type == DT_DIR    ? Kind::directory
                : entry->d_type == DT_SOCK ? Kind::socket
                                           : Kind::other;
    if (entry->d_type == DT_CHR || entry->d_type == DT_UNKNOWN) {
      TB_LET(std::optional<struct stat> info, stat_path(join_path(directory, name)));
      if (!info) continue;
      kind = is_whiteout(*info)        ? Kind::whiteout
             : S_ISDIR(info->st_mode)  ? Kind::directory
             : S_ISSOCK(info->st_mode) ? Kind::socket
                                       : Kind::other;
    }
    found.push_back({std::move(name), kind});
  }
  if (errno != 0) return Error::os(errno, "cannot list {}", printable(directory));
  return found;
}

Result<Entry> read_entry(const std::string& file, std::string path, const struct stat& info) {
  Entry entry;
  TB_LET(entry.type, type_of(info.st_mode, path));
  entry.path = std::move(path);
  entry.mode = info.st_mode & 07777;
  entry.uid = info.st_uid;
  entry.gid = info.st_gid;
  entry.mtime = info.st_mtim.tv_sec;
  if (entry.type == EntryType::file) entry.size = static_cast<uint64_t>(info.st_size);
  if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode)) {
    entry.dev_major = major(info.st_rdev);
    entry.dev_minor = minor(info.st_rdev);
  }
  if (entry.type == EntryType::symlink) {
    entry.link.resize(PATH_MAX);
    ssize_t size = ::readlink(file.c_str(), entry.link.data(), entry.link.size());
    if (size < 0) return Error::os(errno, "cannot read the symlink {}", printable(file));
    entry.link.resize(static_cast<size_t>(size));
  }
  TB_LET(entry.xattrs, read_xattrs(file));
  return entry;
}

void VisitOrder::add(std::string_view name, size_t index, bool has_content) {
  visits_.push_back({std::string(name), index, Visit::What::entry});
  if (has_content) visits_.push_back({std::string(name) + '/', index, Visit::What::content});
}

std::vector<Visit> VisitOrder::take() {
  std::sort(visits_.begin(), visits_.end(), [](const Visit& a, const Visit& b) { return a.key < b.key; });
  return std::exchange(visits_, {});
}

}  // namespace tierbuild::archive
