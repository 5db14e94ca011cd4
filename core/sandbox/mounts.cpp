#include "sandbox/mounts.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>

#include "base/strings.hpp"
#include "sandbox/overlay.hpp"

namespace tierbuild::sandbox {
namespace {

constexpr uint64_t kAlways = MOUNT_ATTR_NODEV;

// `/a/../b//c/` becomes `/b/c`, as text.
std::string normal(const std::string& path) {
  std::string out = std::filesystem::path(path).lexically_normal().string();
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  return out;
}

bool within(const std::string& path, const std::string& directory) {
  return path == directory || path.starts_with(directory + "/");
}

Result<bool> is_directory(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return Error::os(errno, "cannot look at the source of a mount");
  if (!S_ISDIR(info.st_mode) && !S_ISREG(info.st_mode) && !S_ISSOCK(info.st_mode))
    return Error(Code::invalid, "the source of a mount is neither a directory, a file nor a socket");
  return S_ISDIR(info.st_mode);
}

Result<UniqueFd> clone_tree(int fd, uint64_t attributes) {
  UniqueFd tree(::open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE));
  if (!tree) return Error::os(errno, "cannot clone a mount");
  mount_attr change{};
  change.attr_set = attributes;
  change.propagation = MS_PRIVATE;
  if (::mount_setattr(tree.get(), "", AT_EMPTY_PATH | AT_RECURSIVE, &change, sizeof change) != 0)
    return Error::os(errno, "cannot set the attributes of a mount");
  return tree;
}

// Opens a path of the host that must not lead through any symlink: who checked it did so a moment ago.
Result<UniqueFd> open_exactly(const std::string& path) {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_NO_SYMLINKS;
  UniqueFd fd(static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how)));
  if (!fd) return Error::os(errno, "cannot open '{}'", path);
  return fd;
}

Status write_bytes(int fd, const std::string& bytes) {
  for (size_t done = 0; done < bytes.size();) {
    ssize_t n = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno != EINTR) return Error::os(errno, "cannot write a secret");
    if (n > 0) done += static_cast<size_t>(n);
  }
  return {};
}

}  // namespace

Status StepMounts::mount_all() {
  TB_TRY(make_kernel_directories());
  if (spec_.network) TB_TRY(mount_network_files());
  if (needs_host_sysfs(spec_)) TB_TRY(mount_host_sysfs(), "while mounting the host's /sys");
  TB_TRY(lock_caches());
  std::vector<size_t> order(spec_.mounts.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  auto depth = [&](size_t i) {
    std::string target = normal(spec_.mounts[i].target);
    return std::count(target.begin(), target.end(), '/');
  };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return depth(a) < depth(b); });
  for (size_t i : order) TB_TRY(mount_one(spec_.mounts[i], i), "while mounting '{}'", spec_.mounts[i].target);
  return {};
}

Status StepMounts::make_kernel_directories() {
  for (const char* path : {"/proc", "/sys", "/dev"}) {
    auto place = root_.find_or_make_directory(path, &stubs_);
    if (!place) return std::move(place).error();
    struct stat info {};
    if (place->path != path || ::fstat(place->fd.get(), &info) != 0 || !S_ISDIR(info.st_mode))
      return Error::make(Code::invalid, "the image's {} is not a directory", path);
  }
  return {};
}

Status StepMounts::mount_network_files() {
  for (const char* path : {"/etc/resolv.conf", "/etc/hosts"}) {
    UniqueFd source(::open(path, O_PATH | O_CLOEXEC));
    if (!source) continue;
    Tree tree;
    TB_LET(tree.directory, is_directory(source.get()));
    if (tree.directory) continue;
    TB_LET(tree.fd, clone_tree(source.get(), kAlways | MOUNT_ATTR_RDONLY));
    TB_TRY(attach(tree, path), "while mounting the host's {}", path);
  }
  return {};
}

// Read-only with all that is mounted in it, control groups included.
Status StepMounts::mount_host_sysfs() {
  UniqueFd source(::open("/sys", O_PATH | O_CLOEXEC));
  if (!source) return Error::os(errno, "cannot open it");
  constexpr uint64_t kAttributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
  Tree tree;
  TB_LET(tree.fd, clone_tree(source.get(), kAlways | kAttributes));
  return hand_to_runtime(tree, "/sys", Access::read);
}

// Each cache once, in one order for all steps, or two steps could wait for each other for ever.
Status StepMounts::lock_caches() {
  std::map<std::pair<std::string, bool>, const StepMount*> wanted;
  for (const StepMount& mount : spec_.mounts) {
    if (mount.kind != StepMount::Kind::cache) continue;
    const StepMount*& strictest = wanted[{mount.source, mount.sharing == Sharing::private_}];
    if (strictest == nullptr || mount.sharing == Sharing::locked) strictest = &mount;
  }
  for (const auto& [key, mount] : wanted) {
    std::filesystem::path source = key.first;
    TB_LET(CacheMounts::Held held,
           CacheMounts(source.parent_path())
               .acquire(source.filename().string(), mount->sharing, mount->uid, mount->gid, mount->mode),
           "while mounting '{}'", mount->target);
    caches_.emplace(key, std::move(held));
  }
  return {};
}

Status StepMounts::mount_one(const StepMount& mount, size_t number) {
  std::string target = normal(mount.target);
  if (target == "/" || target == "/dev" || within(target, "/proc") || within(target, "/sys"))
    return Error::make(Code::invalid, "a step cannot mount on '{}'", target);
  TB_LET(Tree tree, tree_of(mount, number));
  if (!within(target, "/dev")) return attach(tree, target);
  using Kind = StepMount::Kind;
  bool writable = mount.kind == Kind::cache || mount.kind == Kind::tmpfs || !mount.read_only;
  return hand_to_runtime(tree, target, writable ? Access::write : Access::read);
}

Result<StepMounts::Tree> StepMounts::tree_of(const StepMount& mount, size_t number) {
  Tree tree;
  switch (mount.kind) {
    case StepMount::Kind::layers:
      return layers_tree(mount, number);
    case StepMount::Kind::secret:
      return secret_tree(mount, number);
    case StepMount::Kind::tmpfs:
      return tmpfs_tree(mount);
    case StepMount::Kind::bind: {
      TB_LET(UniqueFd source, open_exactly(mount.source));
      TB_LET(tree.directory, is_directory(source.get()));
      TB_LET(tree.fd, clone_tree(source.get(), kAlways | (mount.read_only ? MOUNT_ATTR_RDONLY : 0)));
      return tree;
    }
    case StepMount::Kind::cache: {
      const auto& held = caches_.at({mount.source, mount.sharing == Sharing::private_});
      UniqueFd source(::open(held.directory.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!source) return Error::os(errno, "cannot open '{}'", held.directory.string());
      TB_LET(tree.fd, clone_tree(source.get(), kAlways));
      return tree;
    }
  }
  return Error(Code::internal, "unknown kind of mount");
}

Result<StepMounts::Tree> StepMounts::layers_tree(const StepMount& mount, size_t number) {
  if (mount.layers.layers.empty()) return Error(Code::invalid, "the mount has no layers");
  std::string merged = fmt::format("{}/layers-{}", private_, number);
  Overlay overlay;
  overlay.layers = mount.layers.layers;
  overlay.layers_root = spec_.layers_root;
  overlay.empty = private_ + "/empty";
  overlay.user_xattr = spec_.user_xattr;
  if (!mount.read_only) {
    overlay.upper = fmt::format("{}/upper-{}", spec_.scratch, number);
    overlay.work = fmt::format("{}/work-{}", spec_.scratch, number);
    if (::mkdir(overlay.upper.c_str(), 0755) != 0 || ::mkdir(overlay.work.c_str(), 0700) != 0)
      return Error::os(errno, "cannot create the directory '{}'", overlay.upper);
  }
  if (::mkdir(merged.c_str(), 0755) != 0) return Error::os(errno, "cannot create the directory '{}'", merged);
  TB_TRY(mount_overlay(overlay, merged));
  TB_LET(Rooted root, Rooted::open(merged));
  TB_LET(Place place, root.find(mount.layers.subpath));
  Tree tree;
  TB_LET(tree.directory, is_directory(place.fd.get()));
  TB_LET(tree.fd, clone_tree(place.fd.get(), kAlways | (mount.read_only ? MOUNT_ATTR_RDONLY : 0)));
  return tree;
}

Result<StepMounts::Tree> StepMounts::secret_tree(const StepMount& mount, size_t number) {
  std::string path = fmt::format("{}/secret-{}", private_, number);
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return Error::os(errno, "cannot create a file for a secret");
  TB_TRY(write_bytes(file.get(), mount.secret));
  if (::fchown(file.get(), mount.uid, mount.gid) != 0 || ::fchmod(file.get(), mount.mode & 07777) != 0)
    return Error::os(errno, "cannot set the owner and mode of a secret");
  UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place) return Error::os(errno, "cannot open a secret");
  TB_LET(UniqueFd tree,
         clone_tree(place.get(), kAlways | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC));
  return Tree{std::move(tree), false};
}

Result<StepMounts::Tree> StepMounts::tmpfs_tree(const StepMount& mount) {
  UniqueFd context(::fsopen("tmpfs", FSOPEN_CLOEXEC));
  if (!context) return Error::os(errno, "cannot make a tmpfs");
  std::vector<std::pair<const char*, std::string>> options{{"mode", fmt::format("{:o}", mount.mode & 07777)},
                                                           {"uid", std::to_string(mount.uid)},
                                                           {"gid", std::to_string(mount.gid)}};
  if (mount.size > 0) options.emplace_back("size", std::to_string(mount.size));
  for (const auto& [name, value] : options)
    if (::fsconfig(context.get(), FSCONFIG_SET_STRING, name, value.c_str(), 0) != 0)
      return Error::os(errno, "cannot set {}={} of a tmpfs", name, value);
  if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    return Error::os(errno, "cannot make a tmpfs");
  UniqueFd tree(::fsmount(context.get(), FSMOUNT_CLOEXEC, kAlways | MOUNT_ATTR_NOSUID));
  if (!tree) return Error::os(errno, "cannot mount a tmpfs");
  return Tree{std::move(tree), true};
}

Status StepMounts::attach(const Tree& tree, const std::string& target) {
  auto place = tree.directory ? root_.find_or_make_directory(target, &stubs_)
                              : root_.find_or_make_file(target, &stubs_);
  if (!place) return std::move(place).error();
  if (place->path == "/" || within(place->path, "/proc") || within(place->path, "/sys") ||
      within(place->path, "/dev"))
    return Error::make(Code::invalid, "'{}' leads to '{}' in the image: a step cannot mount there", target,
                       place->path);
  if (::move_mount(tree.fd.get(), "", place->fd.get(), "",
                   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0)
    return {};
  if (errno == ENOTDIR)
    return Error::make(Code::invalid, "a {} cannot be mounted on the image's '{}', which is none",
                       tree.directory ? "directory" : "file", place->path);
  return Error::os(errno, "cannot mount on '{}'", place->path);
}

Status StepMounts::hand_to_runtime(const Tree& tree, const std::string& target, Access access) {
  std::string path = fmt::format("{}/runtime-{}", private_, for_runtime_.size());
  UniqueFd place;
  if (tree.directory) {
    if (::mkdir(path.c_str(), 0700) != 0) return Error::os(errno, "cannot create the directory '{}'", path);
    place.reset(::open(path.c_str(), O_PATH | O_CLOEXEC));
  } else {
    UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    place.reset(::open(path.c_str(), O_PATH | O_CLOEXEC));
  }
  if (!place) return Error::os(errno, "cannot create '{}'", path);
  if (::move_mount(tree.fd.get(), "", place.get(), "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) !=
      0)
    return Error::os(errno, "cannot mount on '{}'", path);
  std::vector<std::string> options{"rbind", "nosuid", "nodev", access == Access::write ? "rw" : "ro"};
  for_runtime_.push_back({target, "bind", path, std::move(options)});
  return {};
}

}  // namespace tierbuild::sandbox
