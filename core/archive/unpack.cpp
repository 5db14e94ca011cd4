#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "archive/confined.hpp"
#include "archive/disk_entry.hpp"
#include "archive/io.hpp"
#include "archive/layer_reader.hpp"
#include "archive/merged_view.hpp"
#include "archive/path.hpp"
#include "archive/tar_stream.hpp"
#include "archive/unpacked_names.hpp"
#include "archive/xattrs.hpp"
#include "base/strings.hpp"

namespace tierbuild::archive {
namespace {

bool is_device(const Entry& entry) {
  return entry.type == EntryType::char_device || entry.type == EntryType::block_device;
}

mode_t node_type(EntryType type) {
  return type == EntryType::fifo ? S_IFIFO : type == EntryType::char_device ? S_IFCHR : S_IFBLK;
}

/// Gives a directory back the time that it had, when what was done in it is over.
class KeepTime {
 public:
  explicit KeepTime(int directory) : directory_(directory), known_(::fstat(directory, &info_) == 0) {}
  KeepTime(const KeepTime&) = delete;
  KeepTime& operator=(const KeepTime&) = delete;
  ~KeepTime() {
    const timespec times[2] = {{0, UTIME_OMIT}, info_.st_mtim};
    if (known_) ::futimens(directory_, times);
  }
  uint64_t inode() const { return info_.st_ino; }

 private:
  int directory_;
  struct stat info_ {};
  bool known_;
};

class Unpacker {
 public:
  Unpacker(ConfinedRoot root, const UnpackOptions& options, TarStream& stream)
      : root_(std::move(root)), options_(options), stream_(stream) {}

  Status run() {
    while (true) {
      TB_LET(std::optional<Entry> entry, stream_.next());
      if (!entry) break;
      entry_ = std::move(*entry);
      TB_TRY(place(), "while unpacking {}", printable(entry_.path));
    }
    leave();
    return overlay() && !root_seen_ ? finish_root() : Status();
  }

 private:
  /// The directory that members are put into, kept from one member to the next.
  struct Parent {
    std::string path;
    UniqueFd fd;
    KeepTime time;

    Parent(std::string where, UniqueFd directory)
        : path(std::move(where)), fd(std::move(directory)), time(fd.get()) {}
  };

  bool overlay() const { return options_.whiteouts == Whiteouts::overlay; }

  Status place() {
    if (entry_.path.empty()) return place_root();
    auto [directory, name_view] = split_path(entry_.path);
    std::string name(name_view);
    for (std::string_view part : split(directory, '/')) {
      if (part.starts_with(".wh..wh.")) return {};  // aufs's bookkeeping
      if (part.starts_with(kWhiteoutPrefix)) return Error(Code::corrupt, "a whiteout is not a directory");
    }
    if (name == kOpaqueMarker) return hide_all(std::string(directory));
    if (name.starts_with(".wh..wh.")) return {};
    if (name.starts_with(kWhiteoutPrefix)) {
      std::string hidden = name.substr(std::string_view(kWhiteoutPrefix).size());
      if (hidden.empty() || hidden == "." || hidden == "..")
        return Error(Code::corrupt, "the whiteout names nothing");
      return hide(std::string(directory), hidden);
    }
    if (entry_.type == EntryType::char_device && entry_.dev_major == 0 && entry_.dev_minor == 0)
      return hide(std::string(directory), name);  // overlayfs's own form

    TB_TRY(enter(std::string(directory)));
    if (!overlay()) touched_.add(parent_->time.inode(), name);
    Status status = place_member(name);
    if (replaced_) leave();
    replaced_ = false;
    return status;
  }

  Status place_member(const std::string& name) {
    switch (entry_.type) {
      case EntryType::directory:
        return place_directory(name);
      case EntryType::file:
        return place_file(name);
      case EntryType::hardlink:
        return place_hardlink(name);
      case EntryType::symlink:
        return place_symlink(name);
      default:
        return place_node(name);
    }
  }

  void leave() { parent_.reset(); }

  Status enter(const std::string& directory) {
    if (parent_ && parent_->path == directory) return {};
    leave();
    TB_LET(UniqueFd fd, root_.make_directory(directory, [&](const ConfinedRoot::Missing& missing) {
      return make_parent(missing);
    }));
    parent_.emplace(directory, std::move(fd));
    if (!overlay()) touched_.add_directory(parent_->fd.get());
    return {};
  }

  /// A directory that members lie in and the archive does not mention.
  Status make_parent(const ConfinedRoot::Missing& missing) {
    KeepTime keep(missing.parent);
    TB_LET(std::optional<struct stat> found, stat_at(missing.parent, missing.name));
    bool was_whiteout = found && overlay() && is_whiteout(*found);
    if (found && !was_whiteout)
      return Error::make(Code::corrupt, "{} is not a directory", printable(missing.path));
    if (was_whiteout) TB_TRY(remove_at(missing.parent, missing.name));
    TB_LET(UniqueFd fd, new_directory(missing.parent, missing.name));
    if (was_whiteout) TB_TRY(set_opaque(fd.get(), options_.user_xattr));
    TB_LET(Entry entry, implied_directory(missing.path));
    entry.mtime = entry_.mtime;
    return dress_directory(fd.get(), missing.parent, missing.name, entry);
  }

  Result<Entry> implied_directory(const std::string& path) const {
    Entry entry;
    entry.type = EntryType::directory;
    entry.mode = 0755;
    if (!overlay() || options_.below == nullptr) return entry;
    TB_LET(std::optional<ViewEntry> found, options_.below->lookup(path));
    if (found && found->entry.type == EntryType::directory) return std::move(found->entry);
    return entry;
  }

  Status place_root() {
    root_seen_ = true;
    leave();
    TB_LET(UniqueFd fd, root_.directory(""));
    return dress_directory(fd.get(), fd.get(), ".", entry_);
  }

  Status finish_root() {
    TB_LET(entry_, implied_directory(""));
    return place_root();
  }

  int parent() const { return parent_->fd.get(); }

  /// Makes `name` with `make` (0, or -1 and errno); whatever has the name already is removed first.
  template <class Make>
  Status replace(const std::string& name, Make make) {
    if (make() == 0) return {};
    if (errno != EEXIST) return Error::os(errno, "cannot create {}", printable(name));
    TB_TRY(remove_at(parent(), name));
    replaced_ = true;
    if (make() == 0) return {};
    return Error::os(errno, "cannot create {}", printable(name));
  }

  Result<UniqueFd> new_directory(int parent, const std::string& name) const {
    if (::mkdirat(parent, name.c_str(), 0700) != 0)
      return Error::os(errno, "cannot create {}", printable(name));
    return open_directory(parent, name);
  }

  Result<UniqueFd> open_directory(int parent, const std::string& name) const {
    UniqueFd fd(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return Error::os(errno, "cannot open {}", printable(name));
    return fd;
  }

  Status place_directory(const std::string& name) {
    TB_LET(std::optional<struct stat> found, stat_at(parent(), name));
    UniqueFd fd;
    if (found && S_ISDIR(found->st_mode)) {
      TB_LET(fd, open_directory(parent(), name));
    } else {
      if (found) TB_TRY(remove_at(parent(), name));
      replaced_ = found.has_value();
      TB_LET(fd, new_directory(parent(), name));
      // What had this name hid a directory below, and its replacement must not show it again.
      if (found && overlay()) TB_TRY(set_opaque(fd.get(), options_.user_xattr));
    }
    if (!overlay()) touched_.add_directory(fd.get());
    return dress_directory(fd.get(), parent(), name, entry_);
  }

  Status place_file(const std::string& name) {
    UniqueFd fd;
    TB_TRY(replace(name, [&] {
      constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
      fd.reset(::openat(parent(), name.c_str(), kFlags, 0600));
      return fd ? 0 : -1;
    }));
    uint64_t end = 0;
    while (true) {
      TB_LET(std::optional<TarStream::Piece> piece, stream_.read());
      if (!piece) break;
      TB_TRY(write_bytes_at(fd.get(), piece->bytes, piece->offset));
      if (!piece->bytes.empty()) end = std::max(end, piece->offset + piece->bytes.size());
    }
    if (end > entry_.size) return Error(Code::corrupt, "the file is larger than its header says");
    if (end < entry_.size && ::ftruncate(fd.get(), static_cast<off_t>(entry_.size)) != 0)
      return Error::os(errno, "cannot set the size of {}", printable(name));
    if (options_.own && ::fchown(fd.get(), entry_.uid, entry_.gid) != 0) return cannot_own(errno, entry_);
    if (::fchmod(fd.get(), entry_.mode) != 0) return Error::os(errno, "cannot set the mode");
    if (!entry_.xattrs.empty()) TB_TRY(set_xattrs(parent(), name, entry_));
    const timespec times[2] = {{entry_.mtime, 0}, {entry_.mtime, 0}};
    if (::futimens(fd.get(), times) != 0) return Error::os(errno, "cannot set the time");
    return {};
  }

  Status place_hardlink(const std::string& name) {
    auto missing = [&] {
      return Error::make(Code::corrupt, "hard link to {}, which is not in the archive",
                         printable(entry_.link));
    };
    auto [directory, target_view] = split_path(entry_.link);
    std::string target(target_view);
    Result<UniqueFd> from = root_.directory(std::string(directory));
    if (!from && from.error().code() == Code::not_found) return missing();
    if (!from) return from.error();
    TB_LET(std::optional<struct stat> source, stat_at(from->get(), target));
    if (!source || is_whiteout(*source)) return missing();
    if (S_ISDIR(source->st_mode)) return Error(Code::corrupt, "hard link to a directory");
    TB_LET(std::optional<struct stat> here, stat_at(parent(), name));
    if (here && here->st_dev == source->st_dev && here->st_ino == source->st_ino) return {};
    return replace(name, [&] { return ::linkat(from->get(), target.c_str(), parent(), name.c_str(), 0); });
  }

  Status place_symlink(const std::string& name) {
    if (entry_.link.size() >= PATH_MAX) return Error(Code::corrupt, "the symlink's target is too long");
    TB_TRY(replace(name, [&] { return ::symlinkat(entry_.link.c_str(), parent(), name.c_str()); }));
    return dress_node(name);
  }

  Status place_node(const std::string& name) {
    dev_t device = is_device(entry_) ? makedev(entry_.dev_major, entry_.dev_minor) : 0;
    TB_TRY(replace(name,
                   [&] { return ::mknodat(parent(), name.c_str(), node_type(entry_.type) | 0600, device); }));
    return dress_node(name);
  }

  // Owner, mode, xattrs, time, in this order: chown clears setuid bits and capabilities.

  static Error cannot_own(int errnum, const Entry& entry) {
    return Error::os(errnum, "cannot give it to {}:{}", entry.uid, entry.gid)
        .hint("unpack as root, or in a user namespace that maps these ids");
  }

  Status set_xattrs(int parent, const std::string& name, const Entry& entry) const {
    for (const auto& [key, value] : entry.xattrs)
      if (is_overlay_xattr(key))
        return Error::make(Code::corrupt, "the archive must not set the extended attribute {}",
                           printable(key));
    return write_xattrs(fmt::format("/proc/self/fd/{}/{}", parent, name), entry.xattrs);
  }

  Status dress_directory(int fd, int parent, const std::string& name, const Entry& entry) const {
    if (options_.own && ::fchown(fd, entry.uid, entry.gid) != 0) return cannot_own(errno, entry);
    if (::fchmod(fd, entry.mode) != 0) return Error::os(errno, "cannot set the mode");
    TB_TRY(set_xattrs(parent, name, entry));
    const timespec times[2] = {{entry.mtime, 0}, {entry.mtime, 0}};
    if (::futimens(fd, times) != 0) return Error::os(errno, "cannot set the time");
    return {};
  }

  /// Symlinks, devices and fifos, which cannot be opened.
  Status dress_node(const std::string& name) const {
    UniqueFd node(::openat(parent(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!node) return Error::os(errno, "cannot open {}", printable(name));
    if (options_.own && ::fchownat(node.get(), "", entry_.uid, entry_.gid, AT_EMPTY_PATH) != 0)
      return cannot_own(errno, entry_);
    // If somebody put a symlink here meanwhile, chmod through the descriptor fails instead of following it.
    if (entry_.type != EntryType::symlink &&
        ::chmod(fmt::format("/proc/self/fd/{}", node.get()).c_str(), entry_.mode) != 0)
      return Error::os(errno, "cannot set the mode");
    if (!entry_.xattrs.empty()) TB_TRY(set_xattrs(parent(), name, entry_));
    const timespec times[2] = {{entry_.mtime, 0}, {entry_.mtime, 0}};
    if (::utimensat(node.get(), "", times, AT_EMPTY_PATH) != 0)
      return Error::os(errno, "cannot set the time");
    return {};
  }

  // Whiteouts hide what is below this layer, never what this layer itself has brought.

  Status hide(const std::string& directory, const std::string& name) {
    if (!overlay()) return remove_below(directory, name);
    TB_TRY(enter(directory));
    TB_LET(std::optional<struct stat> found, stat_at(parent(), name));
    if (!found && ::mknodat(parent(), name.c_str(), S_IFCHR, makedev(0, 0)) != 0)
      return Error::os(errno, "cannot create a whiteout");
    if (!found || !S_ISDIR(found->st_mode)) return {};
    TB_LET(UniqueFd fd, open_directory(parent(), name));
    return set_opaque(fd.get(), options_.user_xattr);
  }

  Status hide_all(const std::string& directory) {
    if (!overlay()) return remove_below(directory, std::nullopt);
    TB_TRY(enter(directory));
    return set_opaque(parent(), options_.user_xattr);
  }

  /// Removes one name of a directory, or all of them.
  Status remove_below(const std::string& directory, const std::optional<std::string>& name) {
    leave();
    Result<UniqueFd> fd = root_.directory(directory);
    if (!fd && (fd.error().code() == Code::not_found || fd.error().code() == Code::corrupt)) return {};
    if (!fd) return fd.error();
    return name ? remove_old(fd->get(), *name) : remove_old_in(fd->get());
  }

  Status remove_old(int parent, const std::string& name) {
    TB_LET(std::optional<struct stat> found, stat_at(parent, name));
    if (!found) return {};
    KeepTime keep(parent);
    bool is_directory = S_ISDIR(found->st_mode);
    bool mine = is_directory ? touched_.has_directory(found->st_ino) : touched_.has(keep.inode(), name);
    if (!mine) return remove_at(parent, name);
    if (!is_directory) return {};
    TB_LET(UniqueFd below, open_directory(parent, name));
    return remove_old_in(below.get());
  }

  Status remove_old_in(int directory) {
    TB_LET(std::vector<std::string> names, names_in(directory));
    for (const std::string& name : names) TB_TRY(remove_old(directory, name));
    return {};
  }

  ConfinedRoot root_;
  const UnpackOptions& options_;
  TarStream& stream_;
  Entry entry_;
  std::optional<Parent> parent_;
  bool replaced_ = false;  // a name was removed: `parent_` may be somewhere else now
  bool root_seen_ = false;
  UnpackedNames touched_;
};

}  // namespace

Result<UnpackResult> unpack_layer(int fd, const std::filesystem::path& root, const UnpackOptions& options,
                                  std::stop_token stop) {
  TB_LET(ConfinedRoot confined, ConfinedRoot::open(root));
  TB_LET(std::unique_ptr<TarStream> stream, TarStream::open(fd, options.limits, std::move(stop)));
  Unpacker unpacker(std::move(confined), options, *stream);
  TB_TRY(unpacker.run());
  UnpackResult result;
  TB_LET(result.diff_id, stream->finish());
  result.bytes = stream->content_bytes();
  result.entries = stream->entries();
  return result;
}

}  // namespace tierbuild::archive
