// Whether another evaluation would see what an earlier one saw.
#include <fcntl.h>
#include <sys/stat.h>

#include <unordered_set>

#include "base/unique_fd.hpp"
#include "bindings/view.hpp"
#include "fs/settled.hpp"

namespace tierbuild::bindings {
namespace {

// The stat of a path below an open directory, or one that equals none.
fs::FileStat stat_at(int directory, const std::string& path, int flags) {
  struct stat info = {};
  if (::fstatat(directory, path.empty() ? "." : path.c_str(), &info, flags) != 0) return {};
  return fs::file_stat(info);
}

// Whether the stat of what a look saw is what it was.
bool is_same(int root, const Look& look, std::string_view path) {
  int flags = look.kind == Look::Kind::exists_link ? AT_SYMLINK_NOFOLLOW : 0;
  fs::FileStat now = stat_at(root, std::string(path), flags);
  return (look.kind == Look::Kind::read ? now : identity_of(now)) == look.stat;
}

}  // namespace

bool View::is_unchanged(Looks& looks, bool& renewed) {
  pinned_ = true;
  UniqueFd root(::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return false;
  std::vector<bool> same;
  std::unordered_set<std::string_view> there;  // directories that are as they were
  for (const fs::VisitedDirectory& directory : looks.directories) {
    same.push_back(directory.stat != fs::FileStat{} &&
                   stat_at(root.get(), directory.path, AT_SYMLINK_NOFOLLOW) == directory.stat);
    if (same.back()) there.insert(directory.path);
  }
  size_t prefix = root_ == "/" ? 1 : root_.size() + 1;
  for (Look& look : looks.looks) {
    if (look.kind == Look::Kind::glob) continue;
    std::string_view path = std::string_view(look.path).substr(std::min(prefix, look.path.size()));
    bool proved = look.kind != Look::Kind::read && look.found == digest_of(true) && there.contains(path);
    proved = proved || (look.stat != fs::FileStat{} && is_same(root.get(), look, path));
    if (!proved && !look_again(look, renewed)) return false;
  }
  return globs_are_unchanged(looks, same, renewed);
}

bool View::look_again(Look& look, bool& renewed) {
  if (look.kind == Look::Kind::read) {
    Look now{look.kind, look.path, {}, {}, {}};
    if (!read_bytes(look.path, now) || now.found != look.found) return false;
    renewed = renewed || now.stat != look.stat;
    look.stat = now.stat;
    return true;
  }
  LastLink link = look.kind == Look::Kind::exists ? LastLink::follow : LastLink::keep;
  Result<std::optional<fs::FileStat>> found = files_->look_up(relative(look.path), link);
  if (!found || digest_of(found->has_value()) != look.found) return false;
  fs::FileStat now = *found ? identity_of(**found) : fs::FileStat{};
  renewed = renewed || now != look.stat;
  look.stat = now;
  return true;
}

bool View::globs_are_unchanged(Looks& looks, const std::vector<bool>& same, bool& renewed) {
  auto is_proved = [&](const Look& look) {
    return look.kind != Look::Kind::glob || std::all_of(look.directories.begin(), look.directories.end(),
                                                        [&](uint32_t number) { return same[number]; });
  };
  if (std::all_of(looks.looks.begin(), looks.looks.end(), is_proved)) return true;
  for (Look& look : looks.looks) {
    if (look.kind != Look::Kind::glob) continue;
    if (is_proved(look)) {
      for (uint32_t& number : look.directories) number = number_of(looks.directories[number]);
      continue;
    }
    Digest before = look.found;
    if (!match(look.path, look) || look.found != before) return false;
  }
  renewed = renewed || std::find(same.begin(), same.end(), false) != same.end();
  looks.directories = std::move(directories_);
  return true;
}

}  // namespace tierbuild::bindings
