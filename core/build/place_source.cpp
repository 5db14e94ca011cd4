#include "build/place_source.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/file.hpp"
#include "fs/root_path.hpp"

namespace tierbuild::build {
namespace {

using archive::Entry;
using archive::EntryType;
using Item = PlaceSource::Item;
using Visit = std::function<Status(const Item&)>;

class ContextSource final : public PlaceSource {
 public:
  ContextSource(const SourceFiles& files, int64_t mtime)
      : files_(files), root_(files.root.string() + "/"), mtime_(mtime) {}

  Result<std::optional<Item>> at(const std::string& path) const override {
    std::optional<Item> found;
    if (path.empty()) found = directory("");
    size_t index = lower_bound(path);
    if (!found && index < files_.entries.size() && files_.entries[index].path == path) found = item(index);
    return found;
  }

  Status walk(const std::string& path, const Visit& visit) const override {
    TB_LET(std::optional<Item> top, at(path));
    if (top) TB_TRY(visit(*top));
    std::string prefix = path.empty() ? path : path + "/";
    for (size_t i = lower_bound(prefix); i < files_.entries.size(); ++i) {
      if (!files_.entries[i].path.starts_with(prefix)) break;
      TB_TRY(visit(item(i)));
    }
    return {};
  }

 private:
  size_t lower_bound(const std::string& path) const {
    auto entry = std::lower_bound(files_.entries.begin(), files_.entries.end(), path,
                                  [](const fs::FileEntry& e, const std::string& p) { return e.path < p; });
    return static_cast<size_t>(entry - files_.entries.begin());
  }

  Item directory(std::string path) const {
    Item item;
    item.entry.path = std::move(path);
    item.entry.type = EntryType::directory;
    item.entry.mode = 0755;
    item.entry.mtime = mtime_;
    return item;
  }

  Item item(size_t index) const {
    const fs::FileEntry& file = files_.entries[index];
    Item item = directory(file.path);
    item.entry.mode = files_.mode_of(file);
    if (file.type == fs::FileType::symlink) {
      item.entry.type = EntryType::symlink;
      item.entry.link = file.link;
    } else if (file.type == fs::FileType::file) {
      item.entry.type = EntryType::file;
      item.entry.size = file.stat.size;
      item.content = LayerPlan::File{root_ + file.path,
                                     index < files_.contents.size() ? files_.contents[index] : Digest()};
      item.inode = fmt::format("{}:{}", file.stat.device, file.stat.inode);
    }
    return item;
  }

  const SourceFiles& files_;
  const std::string root_;
  const int64_t mtime_;
};

class ImageSource final : public PlaceSource {
 public:
  explicit ImageSource(archive::MergedView view) : view_(std::move(view)) {}

  Result<std::optional<Item>> at(const std::string& path) const override {
    // An image without layers has a root, too.
    if (path.empty() && view_.layers_bottom_first().empty()) {
      Item root;
      root.entry.type = EntryType::directory;
      root.entry.mode = 0755;
      return std::optional(std::move(root));
    }
    TB_LET(std::optional<archive::ViewEntry> found, view_.lookup(path));
    if (!found) return std::optional<Item>();
    return std::optional(item(*found));
  }

  Status walk(const std::string& path, const Visit& visit) const override {
    if (view_.layers_bottom_first().empty()) {
      TB_LET(std::optional<Item> root, at(path));
      return root ? visit(*root) : Status();
    }
    return view_.walk(path, [&](const archive::ViewEntry& found) { return visit(item(found)); });
  }

 private:
  static Item item(const archive::ViewEntry& found) {
    Item item{found.entry, {}, {}};
    if (found.entry.type != EntryType::file) return item;
    item.content = LayerPlan::File{found.source};
    struct stat info {};
    if (::lstat(found.source.c_str(), &info) == 0 && info.st_nlink > 1)
      item.inode = fmt::format("{}:{}", info.st_dev, info.st_ino);
    return item;
  }

  archive::MergedView view_;
};

class SingleSource final : public PlaceSource {
 public:
  explicit SingleSource(Item item) : item_(std::move(item)) {}

  Result<std::optional<Item>> at(const std::string& path) const override {
    return path == item_.entry.path ? std::optional(item_) : std::nullopt;
  }
  Status walk(const std::string& path, const Visit& visit) const override {
    return path == item_.entry.path ? visit(item_) : Status();
  }

 private:
  Item item_;
};

}  // namespace

Result<std::string> PlaceSource::resolve(std::string_view path) const {
  return fs::root_path(path, [&](const std::string& here) -> Result<std::optional<std::string>> {
    TB_LET(std::optional<Item> item, at(here));
    bool is_link = item && item->entry.type == EntryType::symlink;
    return is_link ? std::optional(item->entry.link) : std::nullopt;
  });
}

Result<std::vector<std::string>> PlaceSource::matches(const fs::ContextPattern& pattern) const {
  if (!pattern.has_wildcards()) return std::vector<std::string>{pattern.prefix()};
  TB_LET(std::string prefix, resolve(pattern.prefix()));
  fs::ContextPattern placed = pattern.below(prefix);
  std::vector<std::string> found;
  TB_TRY(walk(prefix, [&](const Item& item) -> Status {
    const std::string& path = item.entry.path;
    if (!found.empty() && fs::is_at_or_below(path, found.back())) return {};
    if (path != prefix && placed.matches(path)) found.push_back(path);
    return {};
  }));
  return found;
}

std::unique_ptr<PlaceSource> context_source(const SourceFiles& files, int64_t mtime) {
  return std::make_unique<ContextSource>(files, mtime);
}

std::unique_ptr<PlaceSource> image_source(archive::MergedView view) {
  return std::make_unique<ImageSource>(std::move(view));
}

std::unique_ptr<PlaceSource> single_source(PlaceSource::Item item) {
  return std::make_unique<SingleSource>(std::move(item));
}

Result<UniqueFd> open_content(const LayerPlan::Content& content) {
  if (const auto* file = std::get_if<LayerPlan::File>(&content)) {
    UniqueFd fd(::open(file->path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return Error::os(errno, "cannot read {}", file->path);
    return fd;
  }
  UniqueFd fd(::memfd_create("content", MFD_CLOEXEC));
  if (!fd) return Error::os(errno, "cannot make a file in memory");
  const auto* text = std::get_if<std::string>(&content);
  if (text != nullptr) TB_TRY(fs::write_all(fd.get(), *text));
  if (::lseek(fd.get(), 0, SEEK_SET) != 0) return Error::os(errno, "cannot rewind a file in memory");
  return fd;
}

}  // namespace tierbuild::build
