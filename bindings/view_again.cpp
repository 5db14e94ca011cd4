// Whether another evaluation would see what an earlier one saw.
#include <fcntl.h>
#include <sys/stat.h>

#include <span>
#include <system_error>
#include <thread>
#include <unordered_map>

#include "base/unique_fd.hpp"
#include "bindings/view.hpp"
#include "fs/settled.hpp"

namespace tierbuild::bindings {
namespace {

// The stat of a path below an open directory, or one that equals none.
fs::FileStat stat_at(int directory, const char* path, int flags) {
  struct stat info = {};
  if (::fstatat(directory, *path == '\0' ? "." : path, &info, flags) != 0) return {};
  return fs::file_stat(info);
}

// Whether a stat still proves what was seen.
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

// Lets directories that globs read prove that they are there: one stat does for both.
void join(Looks& looks) {
  const size_t prefix = looks.root == "/" ? 1 : looks.root.size() + 1;
  std::unordered_map<std::string_view, uint32_t> numbers;
  for (const fs::VisitedDirectory& directory : looks.directories)
    numbers.emplace(directory.path, static_cast<uint32_t>(numbers.size()));
  for (Look& look : looks.looks) {
    if (look.kind == Look::Kind::read || look.stat == fs::FileStat{}) continue;  // globs have no stat
    auto known = numbers.find(std::string_view(look.path).substr(std::min(prefix, look.path.size())));
    if (known != numbers.end() && identity_of(looks.directories[known->second].stat) == look.stat)
      look.directories = {known->second};
  }
}

// Calls work(begin, end) for all parts of a range, several at a time if it is long: one processor is left to
// the thread that reads the project.
template <class Work>
void in_parts(size_t count, const Work& work) {
  constexpr size_t kWorthAThread = 400, kMostThreads = 4;
  size_t processors = std::max(std::thread::hardware_concurrency(), 2u) - 1;
  size_t parts = std::clamp<size_t>(count / kWorthAThread, 1, std::min(processors, kMostThreads));
  std::vector<std::jthread> threads;
  size_t begin = 0;
  for (size_t i = 1; i < parts; ++i) {
    size_t end = count * i / parts;
    try {
      threads.emplace_back([&work, begin, end] { work(begin, end); });
    } catch (const std::system_error&) {
      break;  // fewer threads do the same work
    }
    begin = end;
  }
  work(begin, count);
}

}  // namespace

Looks View::looks() const {
  if (files_->is_fixed()) return {root_, {}, {}, repeatable_};
  Looks all{root_, {}, files_->visited(), repeatable_};
  for (const auto& [key, look] : looks_) all.looks.push_back(look);
  join(all);
  return all;
}

std::vector<uint8_t> View::proved(const Looks& looks) const {
  size_t count = looks.directories.size(), prefix = root_ == "/" ? 1 : root_.size() + 1;
  std::vector<uint8_t> same(count + looks.looks.size());
  in_parts(same.size(), [&](size_t begin, size_t end) {
    // One for each thread: a shared one would be counted by all of them, with every look.
    UniqueFd root(::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    for (size_t i = begin; i < end && root; ++i) {
      if (i < count) {
        same[i] = is_same(root.get(), looks.directories[i]);
      } else if (const Look& look = looks.looks[i - count]; !is_proved_by_directories(look)) {
        same[i] = is_same(root.get(), look, look.path.c_str() + std::min(prefix, look.path.size()));
      }
    }
  });
  for (size_t i = 0; i < looks.looks.size(); ++i)
    if (const Look& look = looks.looks[i]; is_proved_by_directories(look))
      same[count + i] = std::all_of(look.directories.begin(), look.directories.end(),
                                    [&](uint32_t number) { return same[number]; });
  return same;
}

bool View::is_unchanged(Looks& looks, bool& renewed) {
  pinned_ = true;
  std::vector<uint8_t> same = proved(looks);
  size_t count = looks.directories.size();
  for (size_t i = 0; i < looks.looks.size(); ++i) {
    Look& look = looks.looks[i];
    if (look.kind != Look::Kind::glob && !same[count + i] && !look_again(look, renewed)) return false;
  }
  if (!globs_are_unchanged(looks, same, renewed)) return false;
  if (renewed) join(looks);
  return true;
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
  look.directories.clear();
  return true;
}

bool View::globs_are_unchanged(Looks& looks, std::span<const uint8_t> same, bool& renewed) {
  std::vector<Look*> proved;
  bool all = true;
  for (size_t i = 0; i < looks.looks.size(); ++i) {
    Look& look = looks.looks[i];
    if (look.kind != Look::Kind::glob || same[looks.directories.size() + i]) {
      proved.push_back(&look);
      continue;
    }
    all = false;
    Digest before = look.found;
    if (!match(look.path, look) || look.found != before) return false;
  }
  if (all) return true;

  // What was looked at again has new numbers; the others get theirs behind them.
  std::vector<fs::VisitedDirectory> now = files_->visited();
  std::unordered_map<std::string, uint32_t> numbers;
  for (const fs::VisitedDirectory& directory : now) numbers.emplace(directory.path, numbers.size());
  for (Look* look : proved)
    for (uint32_t& number : look->directories) {
      fs::VisitedDirectory& before = looks.directories[number];
      auto [known, is_new] = numbers.try_emplace(before.path, now.size());
      if (is_new)
        now.push_back(before);
      else if (now[known->second].stat != before.stat)
        now[known->second].stat = {};  // it changed meanwhile
      number = known->second;
    }
  auto directories = same.first(looks.directories.size());
  renewed = renewed || std::find(directories.begin(), directories.end(), false) != directories.end();
  looks.directories = std::move(now);
  return true;
}

}  // namespace tierbuild::bindings
