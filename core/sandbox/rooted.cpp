#include "sandbox/rooted.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>
#include <climits>
#include <deque>

#include "base/strings.hpp"

namespace tierbuild::sandbox {
namespace {

constexpr int kMostSymlinks = 40;

struct Level {
  UniqueFd fd;
  std::string name;
};

// Puts the components of a path before those that are still to be walked.
void prepend(std::deque<std::string>& pending, std::string_view path) {
  std::vector<std::string_view> parts = split(path, '/');
  for (auto part = parts.rbegin(); part != parts.rend(); ++part)
    if (!part->empty() && *part != ".") pending.emplace_front(*part);
}

std::string path_of(const std::vector<Level>& levels) {
  std::string out;
  for (const Level& level : levels) out += "/" + level.name;
  return out.empty() ? "/" : out;
}

Result<std::string> link_text(int link) {
  std::array<char, PATH_MAX> text{};
  ssize_t size = ::readlinkat(link, "", text.data(), text.size());
  if (size < 0) return Error::os(errno, "cannot read a symlink");
  return std::string(text.data(), static_cast<size_t>(size));
}

timespec mtime_of(int directory) {
  struct stat info {};
  ::fstat(directory, &info);
  return info.st_mtim;
}

Status make(int parent, const std::string& name, bool directory) {
  if (directory) {
    if (::mkdirat(parent, name.c_str(), 0755) != 0)
      return Error::os(errno, "cannot create the directory '{}'", name);
    return {};
  }
  UniqueFd fd(::openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!fd) return Error::os(errno, "cannot create the file '{}'", name);
  return {};
}

}  // namespace

Result<Rooted> Rooted::open(const std::string& directory) {
  UniqueFd fd(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return Error::os(errno, "cannot open the directory '{}'", directory);
  return Rooted(std::move(fd));
}

Result<Place> Rooted::find(const std::string& path) const {
  return walk(path, Missing::fail, nullptr);
}

Result<Place> Rooted::find_or_make_directory(const std::string& path, std::vector<Stub>* made) const {
  return walk(path, Missing::make_directory, made);
}

Result<Place> Rooted::find_or_make_file(const std::string& path, std::vector<Stub>* made) const {
  return walk(path, Missing::make_file, made);
}

Result<Place> Rooted::walk(const std::string& path, Missing missing, std::vector<Stub>* made) const {
  std::deque<std::string> pending;
  prepend(pending, path);
  std::vector<Level> levels;
  int symlinks = 0;
  while (!pending.empty()) {
    std::string name = std::move(pending.front());
    pending.pop_front();
    if (name == "..") {
      if (!levels.empty()) levels.pop_back();
      continue;
    }
    int parent = levels.empty() ? root_.get() : levels.back().fd.get();
    UniqueFd fd(::openat(parent, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!fd && errno == ENOENT && missing != Missing::fail) {
      Stub stub;
      stub.path = (path_of(levels) == "/" ? "" : path_of(levels).substr(1) + "/") + name;
      stub.directory = !pending.empty() || missing == Missing::make_directory;
      stub.parent_before = mtime_of(parent);
      TB_TRY(make(parent, name, stub.directory), "at '{}' in the image", path);
      stub.parent_after = mtime_of(parent);
      if (made != nullptr) made->push_back(std::move(stub));
      fd.reset(::openat(parent, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    }
    if (!fd) return Error::os(errno, "cannot find '{}' in the image", path);
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return Error::os(errno, "cannot look at '{}' in the image", path);
    if (S_ISLNK(info.st_mode)) {
      if (++symlinks > kMostSymlinks) return Error::os(ELOOP, "cannot find '{}' in the image", path);
      TB_LET(std::string link, link_text(fd.get()), "at '{}' in the image", path);
      if (link.starts_with('/')) levels.clear();
      prepend(pending, link);
      continue;
    }
    if (!S_ISDIR(info.st_mode) && !pending.empty())
      return Error::os(ENOTDIR, "cannot find '{}' in the image", path);
    levels.push_back({std::move(fd), std::move(name)});
  }
  if (levels.empty()) {
    UniqueFd fd(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
    if (!fd) return Error::os(errno, "cannot open the image's root");
    return Place{std::move(fd), "/"};
  }
  std::string found = path_of(levels);
  return Place{std::move(levels.back().fd), std::move(found)};
}

Result<std::string> Rooted::read(const std::string& path, uint64_t limit) const {
  auto place = find(path);
  if (!place && place.error().code() == Code::not_found) return std::string{};
  if (!place) return std::move(place).error();
  struct stat info {};
  if (::fstat(place->fd.get(), &info) != 0) return Error::os(errno, "cannot look at the image's '{}'", path);
  if (!S_ISREG(info.st_mode)) return std::string{};
  if (static_cast<uint64_t>(info.st_size) > limit)
    return Error::make(Code::invalid, "the image's '{}' is larger than {}", path, human_bytes(limit));
  UniqueFd fd(::open(fmt::format("/proc/self/fd/{}", place->fd.get()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return Error::os(errno, "cannot open the image's '{}'", path);
  std::string text(static_cast<size_t>(info.st_size), '\0');
  size_t size = 0;
  while (size < text.size()) {
    ssize_t n = ::pread(fd.get(), text.data() + size, text.size() - size, static_cast<off_t>(size));
    if (n < 0 && errno != EINTR) return Error::os(errno, "cannot read the image's '{}'", path);
    if (n == 0) break;
    if (n > 0) size += static_cast<size_t>(n);
  }
  text.resize(size);
  return text;
}

void Rooted::remove(const Stub& stub) const {
  size_t slash = stub.path.rfind('/');
  std::string parent_path = slash == stub.path.npos ? "." : stub.path.substr(0, slash);
  std::string name = slash == stub.path.npos ? stub.path : stub.path.substr(slash + 1);
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  UniqueFd parent(
      static_cast<int>(::syscall(SYS_openat2, root_.get(), parent_path.c_str(), &how, sizeof how)));
  if (!parent) return;
  struct stat entry {
  }, before{};
  if (::fstatat(parent.get(), name.c_str(), &entry, AT_SYMLINK_NOFOLLOW) != 0) return;
  if (::fstat(parent.get(), &before) != 0) return;
  if (!stub.directory && (!S_ISREG(entry.st_mode) || entry.st_size != 0)) return;
  if (::unlinkat(parent.get(), name.c_str(), stub.directory ? AT_REMOVEDIR : 0) != 0) return;
  bool untouched = before.st_mtim.tv_sec == stub.parent_after.tv_sec &&
                   before.st_mtim.tv_nsec == stub.parent_after.tv_nsec;
  std::array<timespec, 2> times{{{0, UTIME_OMIT}, stub.parent_before}};
  if (untouched) ::futimens(parent.get(), times.data());
}

}  // namespace tierbuild::sandbox
