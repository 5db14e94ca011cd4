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
    std::array<char, 65536> block;
    for (;;) {
      ssize_t got = ::read(fd.get(), block.data(), block.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Error::os(errno, "cannot read '{}'", path);
      if (got == 0) break;
      content.bytes.append(block.data(), static_cast<size_t>(got));
      if (content.bytes.size() > limit) return too_large(path);
    }
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

  Result<std::vector<std::string>> scan(const std::string& pattern,
                                        std::vector<fs::VisitedDirectory>& visited) override {
    fs::Selection selection;
    selection.root = root_;
    selection.include = {pattern};
    TB_LET(fs::ScanResult found, fs::scan(selection, &visited));
    std::vector<std::string> paths;
    for (fs::FileEntry& entry : found.entries) paths.push_back(std::move(entry.path));
    return paths;
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
};

}  // namespace

std::unique_ptr<ViewFiles> files_on_disk(const std::string& root) {
  return std::make_unique<DiskFiles>(root);
}

}  // namespace tierbuild::bindings
