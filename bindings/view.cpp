#include "bindings/view.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <filesystem>

#include "base/unique_fd.hpp"
#include "bindings/faults.hpp"
#include "fs/glob.hpp"
#include "fs/scan.hpp"

namespace tierbuild::bindings {
namespace {

namespace stdfs = std::filesystem;

constexpr size_t kLargestFile = 16u << 20;

Error outside(const std::string& path) {
  return fault(Fault::outside, "'{}' is outside the workspace", path)
      .hint("a Buildfile may only look at files below the root; `workspace 'x' { root = '..' }` moves it up");
}

}  // namespace

Status View::move_root(std::string root) {
  if (root == root_) return {};
  if (pinned_)
    return fault(Fault::bad_time, "the root of the workspace is set after paths were used")
        .hint("put `workspace` in front of everything else");
  root_ = std::move(root);
  return {};
}

Result<std::string> View::resolve(const std::string& directory, const std::string& path) {
  pinned_ = true;
  if (path.find('\0') != std::string::npos) return fault(Fault::bad_value, "a path holds a NUL byte");
  stdfs::path joined;
  if (path.starts_with("//"))
    joined = stdfs::path(root_) / path.substr(std::min(path.size(), path.find_first_not_of('/')));
  else if (path.starts_with('/'))
    return outside(path).hint("paths are relative to the declaring file, or to the workspace root with '//'");
  else
    joined = stdfs::path(directory) / path;
  std::string normal = joined.lexically_normal().string();
  while (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  if (normal != root_ && !normal.starts_with(root_ == "/" ? root_ : root_ + "/")) return outside(path);
  return normal;
}

std::string View::relative(const std::string& absolute) const {
  return stdfs::path(absolute).lexically_relative(root_).string();
}

int View::open(const std::string& absolute, int flags) const {
  UniqueFd root(::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return -errno;
  struct open_how how = {};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  long fd = ::syscall(SYS_openat2, root.get(), relative(absolute).c_str(), &how, sizeof how);
  return fd >= 0 ? static_cast<int>(fd) : -errno;
}

Result<std::string> View::read(const std::string& absolute) {
  reads_.emplace("read", absolute);
  int opened = open(absolute, O_RDONLY | O_NONBLOCK);
  if (opened == -EXDEV) return outside(relative(absolute));
  if (opened < 0)
    return fault(Fault::unreadable, "cannot read '{}': {}", relative(absolute), std::strerror(-opened));
  UniqueFd fd(opened);
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) return Error::os(errno, "cannot look at '{}'", relative(absolute));
  if (!S_ISREG(status.st_mode)) return fault(Fault::unreadable, "'{}' is not a file", relative(absolute));
  std::string bytes;
  std::array<char, 65536> block;
  while (true) {
    ssize_t got = ::read(fd.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::os(errno, "cannot read '{}'", relative(absolute));
    if (got == 0) return bytes;
    bytes.append(block.data(), static_cast<size_t>(got));
    if (bytes.size() > kLargestFile)
      return fault(Fault::unreadable, "'{}' is too large to be read while evaluating", relative(absolute));
  }
}

Result<bool> View::exists(const std::string& absolute, LastLink link) {
  reads_.emplace("exists", absolute);
  int opened = open(absolute, O_PATH | (link == LastLink::keep ? O_NOFOLLOW : 0));
  if (opened >= 0) {
    UniqueFd closed(opened);
    return true;
  }
  if (opened == -EXDEV) return outside(relative(absolute));
  if (opened == -ENOENT || opened == -ENOTDIR || opened == -ELOOP) return false;
  return Error::os(-opened, "cannot look at '{}'", relative(absolute));
}

Result<std::vector<std::string>> View::glob(const std::string& directory, const std::string& pattern) {
  TB_LET(std::string absolute, resolve(directory, pattern));
  std::string below = relative(absolute);
  auto glob = fs::Glob::compile(below);
  if (!glob) return fault(Fault::bad_value, "{}", glob.error().message());
  reads_.emplace("glob", absolute);
  fs::Selection selection;
  selection.root = root_;
  selection.include = {below};
  TB_LET(fs::ScanResult found, fs::scan(selection));
  bool from_root = pattern.starts_with("//");
  std::string base = relative(directory);
  std::vector<std::string> names;
  for (const fs::FileEntry& entry : found.entries)
    if (glob->matches(entry.path))
      names.push_back(from_root ? "//" + entry.path
                                : stdfs::path(entry.path).lexically_relative(base).string());
  return names;
}

std::vector<std::string> View::reads() const {
  std::vector<std::string> all;
  for (const auto& [how, what] : reads_) all.push_back(fmt::format("{} {}", how, relative(what)));
  return all;
}

std::vector<std::string> View::neighbours(const std::string& absolute) const {
  std::vector<std::string> names;
  UniqueFd fd(open(stdfs::path(absolute).parent_path().string(), O_RDONLY | O_DIRECTORY));
  if (!fd) return names;
  std::error_code failure;
  for (const auto& entry : stdfs::directory_iterator(fmt::format("/proc/self/fd/{}", fd.get()), failure))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace tierbuild::bindings
