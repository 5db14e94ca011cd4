#include <fcntl.h>

#include <cerrno>

#include "fs/directory.hpp"
#include "fs/lstat.hpp"
#include "fs/scan.hpp"

namespace tierbuild::fs {
namespace {

Error cannot_open(int reason, const std::filesystem::path& root, const std::string& path) {
  std::string shown = (root / path).string();
  if (reason == ENOENT || reason == ENOTDIR) return Error::make(Code::not_found, "{} does not exist", shown);
  if (reason == ELOOP) return Error::make(Code::invalid, "{} leads through a symlink", shown);
  if (reason == EXDEV) return Error::make(Code::invalid, "'{}' leads out of {}", path, root.string());
  return Error::os(reason, "cannot open {}", shown);
}

}  // namespace

uint32_t FileEntry::canonical_mode() const {
  if (type == FileType::symlink) return 0777;
  return type == FileType::directory || (stat.mode & S_IXUSR) != 0 ? 0755 : 0644;
}

uint32_t FileEntry::exact_mode() const {
  return type == FileType::symlink ? 0777 : stat.mode & 07777;
}

Result<std::string> read_link(int directory, const char* name) {
  for (std::string target(256, '\0');; target.resize(2 * target.size())) {
    ssize_t size = ::readlinkat(directory, name, target.data(), target.size());
    if (size < 0) return Error::os(errno, "cannot read the symlink");
    if (static_cast<size_t>(size) == target.size()) continue;
    target.resize(static_cast<size_t>(size));
    return target;
  }
}

Result<FileEntry> stat_entry(const std::filesystem::path& root, const std::string& path) {
  UniqueFd directory(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return cannot_open(errno, root, "");
  UniqueFd fd = open_below(directory.get(), path.c_str(), O_PATH);
  if (!fd) return cannot_open(errno, root, path);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return Error::os(errno, "cannot stat {}", (root / path).string());
  std::optional<FileType> type = file_type(info.st_mode);
  if (!type)
    return Error::make(Code::invalid, "{} is neither a file, a directory nor a symlink",
                       (root / path).string());
  FileEntry entry{.path = path, .type = *type, .stat = file_stat(info), .link = {}};
  if (*type == FileType::symlink) {
    TB_LET(entry.link, read_link(fd.get(), ""), "at {}", (root / path).string());
  }
  return entry;
}

}  // namespace tierbuild::fs
