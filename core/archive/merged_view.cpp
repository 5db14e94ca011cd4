#include "archive/merged_view.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <deque>

#include "archive/disk_entry.hpp"
#include "archive/io.hpp"
#include "archive/merged_dir.hpp"
#include "archive/path.hpp"
#include "base/strings.hpp"
#include "base/unique_fd.hpp"

namespace tierbuild::archive {
namespace {

constexpr int kMaxSymlinks = 40;

enum class LastLink : uint8_t { keep, follow };

/// What a path leads to.
struct Found {
  std::string path;
  MergedDir::Child child;
};

/// Walks a path through the stack, one component after the other.
class Resolver {
 public:
  Resolver(MergedDir root, bool user_xattr) : root_(std::move(root)), user_xattr_(user_xattr) {}

  Result<std::optional<Found>> find(const std::string& path, LastLink last) {
    std::optional<Found> none;
    TB_LET(std::optional<MergedDir::Child> root, root_child());
    if (!root) return none;
    std::vector<Found> stack{{"", *std::move(root)}};
    std::deque<std::string> ahead;
    push(ahead, path);
    for (int links = 0; !ahead.empty();) {
      std::string name = std::move(ahead.front());
      ahead.pop_front();
      if (!stack.back().child.is_directory()) return none;
      if (name == "..") {
        if (stack.size() > 1) stack.pop_back();
        continue;
      }
      TB_LET(std::optional<MergedDir::Child> child,
             MergedDir(stack.back().child.parts, user_xattr_).child(name));
      if (!child) return none;
      if (S_ISLNK(child->info.st_mode) && (!ahead.empty() || last == LastLink::follow)) {
        if (++links > kMaxSymlinks)
          return Error::make(Code::invalid, "too many symlinks on the way to {}", printable(path));
        TB_LET(Entry link, read_entry(child->source, name, child->info));
        if (link.link.starts_with('/')) stack.erase(stack.begin() + 1, stack.end());
        push(ahead, link.link);
        continue;
      }
      std::string where = join_path(stack.back().path, name);
      stack.push_back({std::move(where), *std::move(child)});
    }
    return std::optional<Found>(std::move(stack.back()));
  }

 private:
  Result<std::optional<MergedDir::Child>> root_child() const {
    if (root_.top() == nullptr) return std::optional<MergedDir::Child>();
    TB_LET(std::optional<struct stat> info, stat_path(*root_.top()));
    if (!info) return Error::make(Code::not_found, "the layer {} is gone", *root_.top());
    return std::optional(MergedDir::Child{*info, *root_.top(), root_.parts()});
  }

  /// Puts the components of `path` before what is left to do.
  static void push(std::deque<std::string>& ahead, std::string_view path) {
    std::vector<std::string_view> parts = split(path, '/');
    for (size_t i = parts.size(); i-- > 0;)
      if (!parts[i].empty() && parts[i] != ".") ahead.emplace_front(parts[i]);
  }

  MergedDir root_;
  bool user_xattr_;
};

Result<std::optional<Found>> find(const MergedView& view, const std::string& path, LastLink last) {
  TB_LET(MergedDir root, MergedDir::root(view));
  return Resolver(std::move(root), view.user_xattr()).find(path, last);
}

Result<ViewEntry> to_entry(std::string path, const MergedDir::Child& child) {
  TB_LET(Entry entry, read_entry(child.source, std::move(path), child.info));
  return ViewEntry{std::move(entry), child.source};
}

Result<std::optional<ViewEntry>> find_entry(const MergedView& view, const std::string& path, LastLink last) {
  TB_LET(std::optional<Found> found, find(view, path, last));
  if (!found) return std::optional<ViewEntry>();
  TB_LET(ViewEntry entry, to_entry(std::move(found->path), found->child));
  return std::optional<ViewEntry>(std::move(entry));
}

Status walk_content(const std::string& path, const MergedDir& directory, bool user_xattr,
                    const std::function<Status(const ViewEntry&)>& visit) {
  TB_LET(std::vector<DiskName> names, directory.names());
  VisitOrder order;
  for (size_t i = 0; i < names.size(); ++i)
    order.add(names[i].name, i, names[i].kind == DiskName::Kind::directory);
  for (const Visit& step : order.take()) {
    const std::string& name = names[step.index].name;
    TB_LET(std::optional<MergedDir::Child> child, directory.child(name));
    if (!child) return Error::make(Code::io, "{} vanished", printable(join_path(path, name)));
    if (step.what == Visit::What::entry) {
      TB_LET(ViewEntry entry, to_entry(join_path(path, name), *child));
      TB_TRY(visit(entry));
    } else {
      TB_TRY(walk_content(join_path(path, name), MergedDir(std::move(child->parts), user_xattr), user_xattr,
                          visit));
    }
  }
  return {};
}

}  // namespace

MergedView::MergedView(std::vector<std::filesystem::path> layers_bottom_first, bool user_xattr)
    : layers_(std::move(layers_bottom_first)), user_xattr_(user_xattr) {}

Result<std::optional<ViewEntry>> MergedView::lookup(const std::string& path) const {
  return find_entry(*this, path, LastLink::keep);
}

Result<std::optional<ViewEntry>> MergedView::resolve(const std::string& path) const {
  return find_entry(*this, path, LastLink::follow);
}

Status MergedView::walk(const std::string& path, const std::function<Status(const ViewEntry&)>& visit) const {
  TB_LET(std::optional<Found> found, find(*this, path, LastLink::keep));
  if (!found) return Error::make(Code::not_found, "there is no {} in the file system", printable(path));
  TB_LET(ViewEntry entry, to_entry(found->path, found->child));
  TB_TRY(visit(entry));
  if (!found->child.is_directory()) return {};
  return walk_content(found->path, MergedDir(std::move(found->child.parts), user_xattr_), user_xattr_, visit);
}

Result<std::optional<std::string>> MergedView::read(const std::string& path, uint64_t limit) const {
  TB_LET(std::optional<Found> found, find(*this, path, LastLink::follow));
  if (!found || !S_ISREG(found->child.info.st_mode)) return std::optional<std::string>();
  auto size = static_cast<uint64_t>(found->child.info.st_size);
  if (size > limit) return Error::make(Code::corrupt, "{} is larger than {} bytes", printable(path), limit);
  UniqueFd file(::open(found->child.source.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file) return Error::os(errno, "cannot read {}", printable(path));
  std::string content(size, '\0');
  size_t done = 0;
  while (done < content.size()) {
    TB_LET(size_t got, read_bytes(file.get(), content.data() + done, content.size() - done));
    if (got == 0) break;
    done += got;
  }
  content.resize(done);
  return std::optional<std::string>(std::move(content));
}

}  // namespace tierbuild::archive
