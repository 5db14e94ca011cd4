#include "archive/overlay_diff.hpp"

#include <sys/stat.h>

#include <map>

#include "archive/disk_entry.hpp"
#include "archive/io.hpp"
#include "archive/path.hpp"
#include "archive/upper_scan.hpp"
#include "base/strings.hpp"

namespace tierbuild::archive {
namespace {

using Upper = UpperScan::Upper;

Result<struct stat> stat_now(const std::string& file) {
  TB_LET(std::optional<struct stat> info, stat_path(file));
  if (!info) return Error::make(Code::not_found, "there is no {}", printable(file));
  return *info;
}

/// A directory that nothing on disk describes.
Entry plain_directory(std::string path, int64_t mtime) {
  Entry entry;
  entry.path = std::move(path);
  entry.type = EntryType::directory;
  entry.mode = 0755;
  entry.mtime = mtime;
  return entry;
}

/// Writes what a scan has found.
class ChangeWriter {
 public:
  ChangeWriter(std::string upper, std::string prefix, Upper settle, int64_t clamp, LayerWriter writer)
      : upper_(std::move(upper)),
        prefix_(std::move(prefix)),
        settle_(settle),
        clamp_(clamp),
        writer_(std::move(writer)) {}

  Status add_parents() {
    for (size_t slash = prefix_.find('/'); slash != std::string::npos; slash = prefix_.find('/', slash + 1))
      TB_TRY(writer_.add(plain_directory(prefix_.substr(0, slash), clamp_)));
    return {};
  }

  /// The directory itself, under the prefix.
  Status add_top() { return add_entry("", upper_); }

  Status add(const UpperScan& scan) {
    const std::vector<Change>& changes = scan.changes();
    for (size_t i = 0; i < changes.size(); ++i) {
      if (!changes[i].emit) continue;
      std::string path = scan.path_of(i);
      if (changes[i].what == Change::What::entry) {
        TB_TRY(add_entry(path, join_path(upper_, path)), "while adding {}", printable(path));
        continue;
      }
      auto [directory, name] = split_path(path);
      Entry marker;
      marker.path = changes[i].what == Change::What::opaque
                        ? std::move(path)
                        : join_path(directory, kWhiteoutPrefix + std::string(name));
      marker.path = join_path(prefix_, marker.path);
      marker.mtime = clamp_;
      TB_TRY(writer_.add(marker));
    }
    return {};
  }

  Result<LayerBlob> finish() { return writer_.finish(); }

 private:
  Status add_entry(const std::string& path, const std::string& file) {
    TB_LET(struct stat info, stat_now(file));
    std::string where = path.empty() ? prefix_ : join_path(prefix_, path);
    TB_LET(Entry entry, read_entry(file, std::move(where), info));
    if (settle_ == Upper::settle && (info.st_mtim.tv_nsec != 0 || entry.mtime > clamp_))
      TB_TRY(set_mtime(file, {std::min(entry.mtime, clamp_), 0}));
    if (!S_ISDIR(info.st_mode) && info.st_nlink > 1) {
      auto [first, is_new] = first_links_.try_emplace({info.st_dev, info.st_ino}, entry.path);
      if (!is_new) {
        entry.type = EntryType::hardlink;
        entry.link = first->second;
        entry.size = 0;
        entry.xattrs.clear();
        return writer_.add(entry);
      }
    }
    return entry.type == EntryType::file ? writer_.add_file(entry, file) : writer_.add(entry);
  }

  const std::string upper_;
  const std::string prefix_;
  const Upper settle_;
  const int64_t clamp_;
  LayerWriter writer_;
  std::map<std::pair<uint64_t, uint64_t>, std::string> first_links_;
};

bool any_change(const UpperScan& scan) {
  return std::any_of(scan.changes().begin(), scan.changes().end(),
                     [](const Change& change) { return change.emit; });
}

/// True if the root directory itself has another mode, owner or xattrs than before. Without layers below it
/// was 0755 root:root.
Result<bool> root_differs(const std::string& upper, const struct stat& info,
                          const std::optional<MergedDir>& lower, const std::stop_token& stop) {
  if (lower && lower->top() != nullptr) {
    TB_LET(struct stat below, stat_now(*lower->top()));
    TB_LET(bool same, same_entry(upper, info, *lower->top(), below, stop));
    return !same;
  }
  TB_LET(Entry root, read_entry(upper, "", info));
  return root != plain_directory("", root.mtime);
}

}  // namespace

Result<std::optional<LayerBlob>> write_overlay_diff(int fd, const std::filesystem::path& upper,
                                                    const MergedView& lower, const DiffOptions& options,
                                                    std::stop_token stop) {
  const std::string& directory = upper.native();
  LayerOptions layer = options.layer;
  if (stop.stop_possible()) layer.stop = std::move(stop);
  TB_LET(MergedDir below, MergedDir::root(lower));
  UpperScan scan(directory, {options.user_xattr, "", options.exclude, Upper::settle, layer.stop});
  TB_TRY(scan.run(below));
  TB_LET(struct stat root, stat_now(directory));
  TB_LET(bool new_root, root_differs(directory, root, below, layer.stop));
  if (!new_root && below.top() != nullptr) {
    TB_LET(struct stat root_below, stat_now(*below.top()));
    TB_TRY(set_mtime(directory, root_below.st_mtim));
  }
  if (!new_root && !any_change(scan)) return std::optional<LayerBlob>();

  TB_LET(LayerWriter writer, LayerWriter::create(fd, layer));
  ChangeWriter out(directory, "", Upper::settle, layer.clamp_mtime, std::move(writer));
  if (new_root) TB_TRY(out.add_top());
  TB_TRY(out.add(scan));
  TB_LET(LayerBlob blob, out.finish());
  return std::optional<LayerBlob>(blob);
}

Result<std::optional<LayerBlob>> write_tree(int fd, const std::filesystem::path& directory,
                                            const std::string& prefix, const DiffOptions& options,
                                            std::stop_token stop) {
  constexpr unsigned kAnyDepth = 4096;
  LayerOptions layer = options.layer;
  if (stop.stop_possible()) layer.stop = std::move(stop);
  TB_LET(std::string where, normal_path(prefix, kAnyDepth));
  UpperScan scan(directory.native(), {options.user_xattr, where, options.exclude, Upper::leave, layer.stop});
  TB_TRY(scan.run(std::nullopt));
  if (where.empty() && !any_change(scan)) return std::optional<LayerBlob>();

  TB_LET(LayerWriter writer, LayerWriter::create(fd, layer));
  ChangeWriter out(directory.native(), where, Upper::leave, layer.clamp_mtime, std::move(writer));
  TB_TRY(out.add_parents());
  if (!where.empty()) TB_TRY(out.add_top());
  TB_TRY(out.add(scan));
  TB_LET(LayerBlob blob, out.finish());
  return std::optional<LayerBlob>(blob);
}

}  // namespace tierbuild::archive
