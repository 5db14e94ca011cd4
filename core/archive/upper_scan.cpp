#include "archive/upper_scan.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "archive/io.hpp"
#include "archive/path.hpp"
#include "archive/xattrs.hpp"
#include "base/strings.hpp"
#include "base/unique_fd.hpp"

namespace tierbuild::archive {

/// A name in `upper`, and what the layers below show under it.
struct UpperScan::Item {
  std::string path;
  std::string name;
  std::string file;
  struct stat info {};
  std::optional<MergedDir::Child> below;
  bool excluded = false;

  bool is_directory() const { return S_ISDIR(info.st_mode); }
  bool is_gone() const { return is_whiteout(info) || S_ISSOCK(info.st_mode); }
  bool has_content() const { return S_ISREG(info.st_mode) && info.st_size > 0; }
};

std::string UpperScan::path_of(size_t index) const {
  std::string path = changes_[index].name;
  for (uint32_t at = changes_[index].parent; at != 0; at = changes_[at].parent)
    path = join_path(changes_[at].name, path);
  return path;
}

uint32_t UpperScan::add(uint32_t parent, Change::What what, std::string name) {
  changes_.push_back({parent, what, false, std::move(name)});
  return static_cast<uint32_t>(changes_.size() - 1);
}

void UpperScan::emit(uint32_t index) {
  for (uint32_t at = index; at != 0 && !changes_[at].emit; at = changes_[at].parent) changes_[at].emit = true;
}

Status UpperScan::run(const Lower& lower) {
  add(0, Change::What::entry, "");
  TB_TRY(scan_directory("", 0, lower));
  // Copying up breaks hard links, so the step itself made those that are here: all of them belong to the
  // layer.
  for (const auto& [inode, group] : links_)
    if (group.size() > 1) std::for_each(group.begin(), group.end(), [&](uint32_t index) { emit(index); });
  links_.clear();
  return {};
}

Status UpperScan::scan_directory(const std::string& path, uint32_t self, const Lower& lower) {
  using Kind = DiskName::Kind;
  TB_LET(std::vector<DiskName> names, list_names(path.empty() ? upper_ : join_path(upper_, path)));
  VisitOrder order;
  for (size_t i = 0; i < names.size(); ++i) {
    bool is_gone = names[i].kind == Kind::whiteout || names[i].kind == Kind::socket;
    order.add(is_gone ? kWhiteoutPrefix + names[i].name : names[i].name, i, names[i].kind == Kind::directory);
  }
  std::map<size_t, uint32_t> directories;  // index of the name → of the change
  for (const Visit& visit : order.take()) {
    TB_TRY(check_stop(options_.stop));
    TB_LET(Item item, look(path, names[visit.index].name, lower));
    if (visit.what == Visit::What::content) {
      TB_TRY(scan_content(item, directories.at(visit.index)));
    } else {
      TB_LET(uint32_t change, scan_entry(item, self));
      if (item.is_directory()) directories.emplace(visit.index, change);
    }
  }
  return {};
}

Result<UpperScan::Item> UpperScan::look(const std::string& path, const std::string& name,
                                        const Lower& lower) const {
  Item item;
  item.path = join_path(path, name);
  item.name = name;
  item.file = join_path(upper_, item.path);
  TB_LET(std::optional<struct stat> info, stat_path(item.file));
  if (!info) return Error::make(Code::failed, "{} changed while it was read", printable(item.path));
  item.info = *info;
  item.excluded = options_.exclude.contains(join_path(options_.prefix, item.path));
  if (lower) {
    TB_LET(item.below, lower->child(name));
  }
  return item;
}

Result<uint32_t> UpperScan::scan_entry(const Item& item, uint32_t parent) {
  if (item.excluded && !item.is_directory() && !item.has_content()) {
    TB_TRY(drop(item));
    return 0U;
  }
  if (item.is_gone()) {
    if (item.below) emit(add(parent, Change::What::whiteout, item.name));
    if (S_ISSOCK(item.info.st_mode)) TB_TRY(drop_socket(item));
    return 0U;
  }
  if (item.name.starts_with(kWhiteoutPrefix))
    return Error::make(Code::invalid, "{}: names with `{}` are reserved by the image format",
                       printable(item.path), kWhiteoutPrefix)
        .hint("rename or remove this file in the step that makes it");
  bool changed = true;
  if (item.below) {
    TB_LET(changed, differs(item));
  }
  bool linked = !item.is_directory() && item.info.st_nlink > 1;
  if (!changed && !item.is_directory()) {
    TB_TRY(settle_unchanged(item));
    if (!linked) return 0U;
  }
  uint32_t change = add(parent, Change::What::entry, item.name);
  if (linked) links_[{item.info.st_dev, item.info.st_ino}].push_back(change);
  // A mount point that the sandbox made stays only for what is in it.
  if (changed && !(item.excluded && item.is_directory())) emit(change);
  return change;
}

Status UpperScan::scan_content(const Item& item, uint32_t self) {
  bool below = item.below && item.below->is_directory();
  Lower lower;
  if (below) {
    lower = MergedDir(item.below->parts, options_.user_xattr);
    TB_LET(bool opaque, is_opaque(item.file, options_.user_xattr));
    if (opaque) {
      TB_LET(std::vector<DiskName> hidden, lower->names());
      if (!hidden.empty()) emit(add(self, Change::What::opaque, kOpaqueMarker));
      lower.reset();
    }
  }
  TB_TRY(scan_directory(item.path, self, lower));
  if (changes_[self].emit) return {};
  return below ? settle_unchanged(item) : drop(item);
}

Result<bool> UpperScan::differs(const Item& item) const {
  TB_LET(bool same, same_entry(item.file, item.info, item.below->source, item.below->info, options_.stop));
  return !same;
}

Status UpperScan::settle_unchanged(const Item& item) const {
  if (options_.upper == Upper::leave) return {};
  return set_mtime(item.file, item.below->info.st_mtim);
}

Status UpperScan::drop(const Item& item) const {
  if (options_.upper == Upper::leave) return {};
  if (::unlinkat(AT_FDCWD, item.file.c_str(), item.is_directory() ? AT_REMOVEDIR : 0) == 0) return {};
  if (errno == ENOTEMPTY || errno == EEXIST) return {};
  return Error::os(errno, "cannot remove the mount point {}", printable(item.file));
}

Status UpperScan::drop_socket(const Item& item) const {
  if (options_.upper == Upper::leave) return {};
  if (::unlink(item.file.c_str()) != 0 ||
      (item.below && ::mknod(item.file.c_str(), S_IFCHR, makedev(0, 0)) != 0))
    return Error::os(errno, "cannot remove the socket {}", printable(item.file));
  return {};
}

namespace {

Result<bool> same_content(const std::string& one, const std::string& two, const std::stop_token& stop) {
  constexpr size_t kSize = 128 << 10;
  std::string buffers[2] = {std::string(kSize, '\0'), std::string(kSize, '\0')};
  UniqueFd files[2];
  for (int i = 0; i < 2; ++i) {
    const std::string& path = i == 0 ? one : two;
    files[i].reset(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!files[i]) return Error::os(errno, "cannot read {}", printable(path));
  }
  auto fill = [&](int i) -> Result<std::string_view> {
    size_t size = 0;
    while (size < kSize) {
      TB_LET(size_t got, read_bytes(files[i].get(), buffers[i].data() + size, kSize - size));
      if (got == 0) break;
      size += got;
    }
    return std::string_view(buffers[i].data(), size);
  };
  while (true) {
    TB_TRY(check_stop(stop));
    TB_LET(std::string_view mine, fill(0));
    TB_LET(std::string_view theirs, fill(1));
    if (mine != theirs) return false;
    if (mine.size() < kSize) return true;
  }
}

}  // namespace

Result<bool> same_entry(const std::string& one, const struct stat& one_info, const std::string& two,
                        const struct stat& two_info, const std::stop_token& stop) {
  if (one_info.st_mode != two_info.st_mode || one_info.st_uid != two_info.st_uid ||
      one_info.st_gid != two_info.st_gid)
    return false;
  if (S_ISREG(one_info.st_mode) && one_info.st_size != two_info.st_size) return false;
  TB_LET(Entry mine, read_entry(one, "", one_info));
  TB_LET(Entry theirs, read_entry(two, "", two_info));
  theirs.mtime = mine.mtime;
  if (mine != theirs) return false;
  return S_ISREG(one_info.st_mode) ? same_content(one, two, stop) : Result<bool>(true);
}

Status set_mtime(const std::string& file, timespec mtime) {
  const timespec times[2] = {mtime, mtime};
  if (::utimensat(AT_FDCWD, file.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0) return {};
  return Error::os(errno, "cannot set the time of {}", printable(file));
}

}  // namespace tierbuild::archive
