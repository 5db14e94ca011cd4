// Whether another evaluation would see what an earlier one saw.
#include <fcntl.h>
#include <sys/stat.h>

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

}  // namespace

bool View::is_unchanged(Looks& looks, bool& renewed) {
  pinned_ = true;
  UniqueFd root(::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return false;
  size_t prefix = root_ == "/" ? 1 : root_.size() + 1;
  for (Look& look : looks.looks) {
    if (look.kind == Look::Kind::glob) continue;
    bool proved = look.stat != fs::FileStat{} &&
                  stat_at(root.get(), look.path.substr(std::min(prefix, look.path.size())), 0) == look.stat;
    if (!proved && !look_again(look, renewed)) return false;
  }
  return globs_are_unchanged(looks, root.get(), renewed);
}

bool View::look_again(Look& look, bool& renewed) {
  if (look.kind == Look::Kind::read) {
    Look now{look.kind, look.path, {}, {}, {}};
    if (!read_bytes(look.path, now) || now.found != look.found) return false;
    renewed = renewed || now.stat != look.stat;
    look.stat = now.stat;
    return true;
  }
  Result<bool> there = files_->exists(relative(look.path),
                                      look.kind == Look::Kind::exists ? LastLink::follow : LastLink::keep);
  return there && digest_of(*there) == look.found;
}

bool View::globs_are_unchanged(Looks& looks, int root, bool& renewed) {
  std::vector<bool> same;
  for (const fs::VisitedDirectory& directory : looks.directories)
    same.push_back(directory.stat != fs::FileStat{} &&
                   stat_at(root, directory.path, AT_SYMLINK_NOFOLLOW) == directory.stat);
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
