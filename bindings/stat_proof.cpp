#include "bindings/stat_proof.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "base/unique_fd.hpp"
#include "fs/settled.hpp"

namespace tierbuild::bindings {
namespace {

constexpr size_t kPart = 64;  // stats that a thread takes at a time

// The stat of a path below an open directory, or one that equals none.
fs::FileStat stat_at(int directory, const char* path, int flags) {
  struct stat info = {};
  if (::fstatat(directory, *path == '\0' ? "." : path, &info, flags) != 0) return {};
  return fs::file_stat(info);
}

bool is_same(int root, const fs::VisitedDirectory& directory) {
  return directory.stat != fs::FileStat{} &&
         stat_at(root, directory.path.c_str(), AT_SYMLINK_NOFOLLOW) == directory.stat;
}
bool is_same(int root, const Look& look, const char* path) {
  if (look.stat == fs::FileStat{}) return false;
  int flags = look.kind == Look::Kind::exists_link ? AT_SYMLINK_NOFOLLOW : 0;
  fs::FileStat now = stat_at(root, path, flags);
  return (look.kind == Look::Kind::read ? now : identity_of(now)) == look.stat;
}

bool is_proved_by_directories(const Look& look) {
  return look.kind == Look::Kind::glob || !look.directories.empty();
}

/// How much of an absolute path of a look stands in front of the part that is relative to the root.
size_t prefix_of(const Looks& looks) {
  return looks.root == "/" ? 1 : looks.root.size() + 1;
}

}  // namespace

StatProof::StatProof(const Looks& looks)
    : looks_(looks), count_(looks.directories.size() + looks.looks.size()), same_(count_) {}

void StatProof::work() {
  // One for each thread: a shared one would be counted by all of them, with every look.
  UniqueFd root(::open(looks_.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const size_t count = looks_.directories.size(), prefix = prefix_of(looks_);
  for (size_t begin; (begin = begun_.fetch_add(kPart)) < count_;) {
    const size_t end = std::min(begin + kPart, count_);
    for (size_t i = begin; i < end && root; ++i) {
      if (i < count) {
        same_[i] = is_same(root.get(), looks_.directories[i]);
      } else if (const Look& look = looks_.looks[i - count]; !is_proved_by_directories(look)) {
        same_[i] = is_same(root.get(), look, look.path.c_str() + std::min(prefix, look.path.size()));
      }
    }
    done_.fetch_add(end - begin);
    done_.notify_all();
  }
}

std::vector<uint8_t> StatProof::finish() {
  work();
  for (size_t done; (done = done_.load()) < count_;) done_.wait(done);
  for (size_t i = 0; i < looks_.looks.size(); ++i)
    if (const Look& look = looks_.looks[i]; is_proved_by_directories(look))
      same_[looks_.directories.size() + i] = std::all_of(look.directories.begin(), look.directories.end(),
                                                         [&](uint32_t number) { return same_[number]; });
  return std::move(same_);
}

void join(Looks& looks) {
  std::unordered_map<std::string_view, uint32_t> numbers;
  for (const fs::VisitedDirectory& directory : looks.directories)
    numbers.emplace(directory.path, static_cast<uint32_t>(numbers.size()));
  for (Look& look : looks.looks) {
    if (look.kind == Look::Kind::read || look.stat == fs::FileStat{}) continue;  // globs have no stat
    auto known =
        numbers.find(std::string_view(look.path).substr(std::min(prefix_of(looks), look.path.size())));
    if (known != numbers.end() && identity_of(looks.directories[known->second].stat) == look.stat)
      look.directories = {known->second};
  }
}

}  // namespace tierbuild::bindings
