#include "bindings/view.hpp"

#include <filesystem>

#include "bindings/faults.hpp"
#include "fs/glob.hpp"
#include "fs/settled.hpp"

namespace tierbuild::bindings {
namespace {

namespace stdfs = std::filesystem;

constexpr size_t kLargestFile = 16u << 20;

}  // namespace

Error outside(const std::string& path) {
  return fault(Fault::outside, "'{}' is outside the workspace", path)
      .hint("a Buildfile may only look at files below the root; `workspace 'x' { root = '..' }` moves it up");
}

Error no_file(const std::string& path) {
  return fault(Fault::unreadable, "'{}' is not a file", path);
}

Error too_large(const std::string& path) {
  return fault(Fault::unreadable, "'{}' is too large to be read while evaluating", path);
}

Status View::move_root(std::string root) {
  if (root == root_) return {};
  if (pinned_)
    return fault(Fault::bad_time, "the root of the workspace is set after paths were used")
        .hint("put `workspace` in front of everything else");
  root_ = std::move(root);
  files_->set_root(root_);
  return {};
}

Result<std::string> View::resolve(const std::string& directory, const std::string& path) {
  pinned_ = true;
  if (path.find('\0') != std::string::npos) return fault(Fault::bad_value, "a path holds a NUL byte");
  stdfs::path joined;
  if (path.starts_with("//"))
    joined = stdfs::path(root_) / path.substr(std::min(path.size(), path.find_first_not_of('/')));
  else if (path.starts_with('/'))
    return outside(path).hint("paths are relative to the declaring file, or to the workspace root with '//'");
  else
    joined = stdfs::path(directory) / path;
  std::string normal = joined.lexically_normal().string();
  while (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  if (normal != root_ && !normal.starts_with(root_ == "/" ? root_ : root_ + "/")) return outside(path);
  return normal;
}

std::string View::relative(const std::string& absolute) const {
  size_t size = root_ == "/" ? 0 : root_.size();
  if (absolute.size() > size + 1 && absolute.starts_with(root_) && absolute[size] == '/')
    return absolute.substr(size + 1);
  return stdfs::path(absolute).lexically_relative(root_).string();
}

Result<std::string> View::read(const std::string& absolute) {
  Look look{Look::Kind::read, absolute, {}, {}, {}};
  Result<std::string> bytes = read_bytes(absolute, look);
  if (!bytes) repeatable_ = false;
  remember(std::move(look));
  return bytes;
}

Result<std::string> View::read_bytes(const std::string& absolute, Look& look) {
  int64_t moment = fs::now_ns();
  TB_LET(ViewFiles::Content content, files_->read(relative(absolute), kLargestFile));
  look.found = Digest::of(content.bytes);
  if (fs::is_settled(content.stat, moment)) look.stat = content.stat;
  return std::move(content.bytes);
}

Result<bool> View::exists(const std::string& absolute, LastLink link) {
  Look look{link == LastLink::keep ? Look::Kind::exists_link : Look::Kind::exists, absolute, {}, {}, {}};
  Result<std::optional<fs::FileStat>> found = files_->look_up(relative(absolute), link);
  if (!found) {
    repeatable_ = false;
    return std::move(found).error();
  }
  bool there = found->has_value();
  if (there) look.stat = identity_of(**found);
  look.found = digest_of(there);
  remember(std::move(look));
  return there;
}

Result<std::vector<std::string>> View::glob(const std::string& directory, const std::string& pattern) {
  TB_LET(std::string absolute, resolve(directory, pattern));
  Look look{Look::Kind::glob, relative(absolute), {}, {}, {}};
  Result<std::vector<std::string>> found = match(look.path, look);
  if (!found) repeatable_ = false;
  remember(std::move(look));
  if (!found) return found;
  bool from_root = pattern.starts_with("//");
  std::string base = relative(directory);
  for (std::string& path : *found)
    path = from_root ? "//" + path : stdfs::path(path).lexically_relative(base).string();
  return found;
}

Result<std::vector<std::string>> View::match(const std::string& pattern, Look& look) {
  auto glob = fs::Glob::compile(pattern);
  if (!glob) return fault(Fault::bad_value, "{}", glob.error().message());
  std::vector<fs::VisitedDirectory> visited;
  int64_t moment = fs::now_ns();
  TB_LET(std::vector<std::string> paths, files_->scan(pattern, visited));
  std::erase_if(paths, [&](const std::string& path) { return !glob->matches(path); });
  Sha256 hash;
  for (const std::string& path : paths) hash.update(path + '\0');
  look.found = hash.finish();
  look.directories.clear();
  for (fs::VisitedDirectory& directory : visited) {
    if (!fs::is_settled(directory.stat, moment)) directory.stat = {};
    look.directories.push_back(number_of(directory));
  }
  return paths;
}

uint32_t View::number_of(const fs::VisitedDirectory& directory) {
  auto [known, is_new] = directory_numbers_.try_emplace(directory.path, directories_.size());
  if (is_new)
    directories_.push_back(directory);
  else if (directories_[known->second].stat != directory.stat)
    directories_[known->second].stat = {};  // it changed between two scans
  return known->second;
}

void View::remember(Look look) {
  auto [known, is_new] = looks_.try_emplace({look.kind, look.path}, look);
  if (!is_new && known->second.found != look.found) repeatable_ = false;
}

std::vector<std::string> View::reads() const {
  std::vector<std::string> all;
  for (const auto& [key, look] : looks_)
    all.push_back(look.kind == Look::Kind::glob   ? "glob " + look.path
                  : look.kind == Look::Kind::read ? "read " + relative(look.path)
                                                  : "exists " + relative(look.path));
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

Looks View::looks() const {
  if (files_->is_fixed()) return {root_, {}, {}, repeatable_};
  Looks all{root_, {}, directories_, repeatable_};
  for (const auto& [key, look] : looks_) all.looks.push_back(look);
  return all;
}

std::vector<std::string> View::neighbours(const std::string& absolute) const {
  std::vector<std::string> names = files_->names(relative(stdfs::path(absolute).parent_path().string()));
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace tierbuild::bindings
