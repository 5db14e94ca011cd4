// The files of a view on disk.
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <filesystem>

#include "base/unique_fd.hpp"
#include "bindings/view_files.hpp"
#include "fs/finder.hpp"
#include "fs/lstat.hpp"

namespace tierbuild::bindings {
namespace {

namespace stdfs = std::filesystem;

class DiskFiles final : public ViewFiles {
 public:
  explicit DiskFiles(std::string root) : root_(std::move(root)) {}

  void set_root(const std::string& root) override {
    root_ = root;
    root_fd_ = UniqueFd();
    finder_.reset();
  }

  Result<Content> read(const std::string& path, size_t limit) override {
    int opened = open(path, O_RDONLY | O_NONBLOCK);
    if (opened == -EXDEV) return outside(path);
    if (opened < 0) return fault(Fault::unreadable, "cannot read '{}': {}", path, std::strerror(-opened));
    UniqueFd fd(opened);
    struct stat status = {};
    if (::fstat(fd.get(), &status) != 0) return Error::os(errno, "cannot look at '{}'", path);
    if (!S_ISREG(status.st_mode)) return no_file(path);
    Content content{{}, fs::file_stat(status)};
    if (content.stat.size > limit) return too_large(path);
    size_t filled = 0;
    for (size_t room = content.stat.size;; room = 64 * 1024) {
      content.bytes.resize(filled + room + 1);
      ssize_t got = ::read(fd.get(), content.bytes.data() + filled, room + 1);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Error::os(errno, "cannot read '{}'", path);
      filled += static_cast<size_t>(got);
      if (filled > limit) return too_large(path);
      if (got == 0 || filled == content.stat.size) break;
    }
    content.bytes.resize(filled);
    return content;
  }

  Result<std::optional<fs::FileStat>> look_up(const std::string& path, LastLink link) override {
    int opened = open(path, O_PATH | (link == LastLink::keep ? O_NOFOLLOW : 0));
    if (opened >= 0) {
      UniqueFd fd(opened);
      struct stat status = {};
      return std::optional(::fstat(fd.get(), &status) == 0 ? fs::file_stat(status) : fs::FileStat{});
    }
    if (opened == -EXDEV) return outside(path);
    if (opened == -ENOENT || opened == -ENOTDIR || opened == -ELOOP) return std::optional<fs::FileStat>();
    return Error::os(-opened, "cannot look at '{}'", path);
  }

  Result<std::vector<std::string>> find(const fs::Glob& glob, std::vector<uint32_t>& directories) override {
    if (!finder_) finder_.emplace(root_);
    TB_LET(fs::Finder::Found found, finder_->find(glob));
    directories = std::move(found.directories);
    return std::move(found.paths);
  }
  std::vector<fs::VisitedDirectory> visited() const override {
    return finder_ ? finder_->visited() : std::vector<fs::VisitedDirectory>{};
  }

  std::vector<std::string> names(const std::string& directory) override {
    std::vector<std::string> names;
    UniqueFd fd(open(directory, O_RDONLY | O_DIRECTORY));
    if (!fd) return names;
    std::error_code failure;
    for (const auto& entry : stdfs::directory_iterator(fmt::format("/proc/self/fd/{}", fd.get()), failure))
      names.push_back(entry.path().filename().string());
    return names;
  }

  bool is_fixed() const override { return false; }

 private:
  // Or a negative errno.
  int open(const std::string& path, int flags) {
    if (!root_fd_) root_fd_ = UniqueFd(::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root_fd_) return -errno;
    struct open_how how = {};
    how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    long fd = ::syscall(SYS_openat2, root_fd_.get(), path.c_str(), &how, sizeof how);
    return fd >= 0 ? static_cast<int>(fd) : -errno;
  }

  std::string root_;
  UniqueFd root_fd_;
  std::optional<fs::Finder> finder_;
};

}  // namespace

std::unique_ptr<ViewFiles> files_on_disk(const std::string& root) {
  return std::make_unique<DiskFiles>(root);
}

}  // namespace tierbuild::bindings
