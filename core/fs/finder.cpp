#include "fs/finder.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>

#include "base/strings.hpp"
#include "fs/lstat.hpp"
#include "fs/settled.hpp"

namespace tierbuild::fs {

Result<Finder::Found> Finder::find(const Glob& glob) {
  Found found;
  if (!root_fd_) root_fd_.reset(::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root_fd_) return Error::os(errno, "cannot open the directory {}", root_);
  const std::string& prefix = glob.literal_prefix();
  if (glob.is_literal() && prefix.empty()) return found;

  path_.clear();
  if (!prefix.empty())
    for (std::string_view name : split(prefix, '/')) {
      if (name == ".git") return found;
      TB_LET(Directory * above, directory_at(path_, Want::stat));
      if (above == nullptr) return found;
      found.directories.push_back(above->number);
      if (!path_.empty()) path_ += '/';
      path_ += name;
    }
  if (glob.is_literal()) {
    TB_TRY(look_up(found));
    return found;
  }
  TB_LET(Directory * top, directory_at(path_, Want::entries));
  if (top == nullptr) return found;
  if (!path_.empty()) path_ += '/';
  TB_TRY(walk(*top, glob, found));
  std::sort(found.paths.begin(), found.paths.end());
  return found;
}

Status Finder::look_up(Found& found) const {
  struct stat info {};
  if (::fstatat(root_fd_.get(), path_.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0)
    return take(file_type(info.st_mode), found);
  if (errno == ENOENT || errno == ENOTDIR) return {};
  return Error::os(errno, "cannot stat {}", shown());
}

Status Finder::walk(Directory& directory, const Glob& glob, Found& found) {
  found.directories.push_back(directory.number);
  size_t length = path_.size();
  for (Entry& entry : directory.entries) {
    path_ += entry.name;
    if (glob.matches(path_)) TB_TRY(take(entry.type, found));
    if (entry.type == FileType::directory && glob.may_match_below(path_)) {
      if (entry.below == nullptr) {
        TB_LET(entry.below, directory_at(path_, Want::entries));
      }
      path_ += '/';
      if (entry.below != nullptr) TB_TRY(walk(*entry.below, glob, found));
    }
    path_.resize(length);
  }
  return {};
}

Status Finder::take(std::optional<FileType> type, Found& found) const {
  if (!type)
    return Error::make(Code::invalid, "{} is neither a file, a directory nor a symlink", shown())
        .hint("choose a pattern that does not match it");
  found.paths.push_back(path_);
  return {};
}

// Empty if there is no such directory, or a symlink on the way.
Result<UniqueFd> Finder::open(const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  long fd;
  do {
    fd = ::syscall(SYS_openat2, root_fd_.get(), path.empty() ? "." : path.c_str(), &how, sizeof how);
  } while (fd < 0 && (errno == EAGAIN || errno == EINTR));
  if (fd >= 0 || errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return UniqueFd(static_cast<int>(fd));
  return Error::os(errno, "cannot open the directory {}", shown());
}

// Null if there is none.
Result<Finder::Directory*> Finder::directory_at(const std::string& path, Want want) {
  auto known = directories_.find(path);
  if (known != directories_.end() && (want == Want::stat || known->second.is_listed)) return &known->second;
  int64_t moment = now_ns();
  TB_LET(UniqueFd fd, open(path));
  if (!fd) return nullptr;
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return Error::os(errno, "cannot stat {}", shown());
  FileStat stat = file_stat(info);
  if (!is_settled(stat, moment)) stat = {};
  if (known == directories_.end()) {
    known = directories_.emplace(path, Directory{static_cast<uint32_t>(visited_.size())}).first;
    visited_.push_back({path, stat});
  } else if (FileStat& seen = visited_[known->second.number].stat; seen != stat) {
    seen = {};  // it changed between two looks
  }
  if (want == Want::entries) TB_TRY(list(fd.get(), known->second));
  return &known->second;
}

Status Finder::list(int fd, Directory& directory) {
  int failure = reader_.read(fd, [&](const char* name, unsigned char d_type) {
    if (std::string_view(name) == ".git") return;
    mode_t mode = DTTOIF(d_type);
    struct stat info {};
    if (d_type == DT_UNKNOWN) {
      if (::fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return;
      mode = info.st_mode;
    }
    directory.entries.push_back({name, file_type(mode)});
  });
  if (failure != 0) return Error::os(failure, "cannot read the directory {}", shown());
  directory.is_listed = true;
  return {};
}

}  // namespace tierbuild::fs
