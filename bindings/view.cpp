#include "bindings/view.hpp"

#include <filesystem>

#include "bindings/faults.hpp"
#include "fs/glob.hpp"
#include "fs/settled.hpp"

namespace tierbuild::bindings {
namespace {

namespace stdfs = std::filesystem;

constexpr size_t kLargestFile = 16u << 20;

// Whether all names of a path are plain ones: none empty, `.` or `..`.
bool is_normal(std::string_view path) {
  for (size_t start = 0; start <= path.size();) {
    size_t end = std::min(path.size(), path.find('/', start));
    std::string_view name = path.substr(start, end - start);
    if (name.empty() || name == "." || name == "..") return false;
    start = end + 1;
  }
  return true;
}

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
  if (directory.starts_with('/') && is_normal(directory.substr(1)) && is_normal(path) &&
      (directory == root_ || directory.starts_with(root_ + "/")))
    return directory + "/" + path;  // most paths are like this, and need no other look
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
  std::string base = directory == root_ ? "" : relative(directory) + "/";
  for (std::string& path : *found) {
    if (from_root)
      path.insert(0, "//");
    else if (path.starts_with(base))
      path.erase(0, base.size());
    else
      path = stdfs::path(path).lexically_relative(base).string();
  }
  return found;
}

Result<std::vector<std::string>> View::match(const std::string& pattern, Look& look) {
  auto glob = fs::Glob::compile(pattern);
  if (!glob) return fault(Fault::bad_value, "{}", glob.error().message());
  TB_LET(std::vector<std::string> paths, files_->find(*glob, look.directories));
  Sha256 hash;
  for (const std::string& path : paths) hash.update({path.c_str(), path.size() + 1});
  look.found = hash.finish();
  return paths;
}

void View::remember(Look look) {
  auto [known, is_new] = looks_.try_emplace({look.kind, look.path});
  if (is_new)
    known->second = std::move(look);
  else if (known->second.found != look.found)
    repeatable_ = false;
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

std::vector<std::string> View::neighbours(const std::string& absolute) const {
  std::vector<std::string> names = files_->names(relative(stdfs::path(absolute).parent_path().string()));
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace tierbuild::bindings
