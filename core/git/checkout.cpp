#include "git/checkout.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strings.hpp"
#include "base/unique_fd.hpp"
#include "fs/file.hpp"

namespace tierbuild::git {
namespace {

constexpr int kDeepest = 256;

/// git itself makes no such names, and the like of `.git` would be read as a repository's own.
bool is_name(std::string_view name) {
  bool special = name.empty() || name == "." || name == ".." || lower(name) == ".git";
  return !special && name.size() < 256 &&
         name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

// A name that is there was in the tree twice.
Error cannot_make(const std::string& path) {
  if (errno == EEXIST) return Error::make(Code::corrupt, "'{}' is in the tree twice", printable(path));
  return Error::os(errno, "cannot make {}", printable(path));
}

}  // namespace

Status TreeWriter::write(const ObjectId& tree, int directory, const std::string& path, int depth) {
  if (depth == kDeepest)
    return Error::make(Code::corrupt, "the tree is deeper than {} directories", kDeepest);
  TB_LET(std::vector<NamedEntry> entries, objects_.tree(tree));
  for (const NamedEntry& entry : entries) {
    if (stop_.stop_requested()) return Error(Code::cancelled, "the checkout was cancelled");
    std::string below = path.empty() ? entry.name : path + "/" + entry.name;
    if (!is_name(entry.name))
      return Error::make(Code::corrupt, "the tree has a file of the name '{}'", printable(below));
    if (limits_.entries-- == 0) return Error(Code::corrupt, "the tree has more than 5,000,000 files");
    TB_TRY(place(entry, directory, below, depth));
  }
  return {};
}

Status TreeWriter::place(const NamedEntry& entry, int directory, const std::string& path, int depth) {
  switch (entry.entry.mode) {
    case Mode::file:
    case Mode::executable:
      return place_file(entry, directory, path);
    case Mode::symlink:
      return place_link(entry, directory, path);
    case Mode::directory:
    case Mode::submodule:
      return place_directory(entry, directory, path, depth);
    case Mode::none:
      break;
  }
  return Error::make(Code::corrupt, "'{}' is nothing that git knows", printable(path));
}

Result<std::string> TreeWriter::content(const NamedEntry& entry) {
  TB_LET(std::string bytes, objects_.blob(entry.entry.id));
  if (bytes.size() > limits_.bytes) return Error(Code::corrupt, "the tree has more than 64 GiB");
  limits_.bytes -= bytes.size();
  return bytes;
}

Status TreeWriter::place_file(const NamedEntry& entry, int directory, const std::string& path) {
  TB_LET(std::string bytes, content(entry));
  UniqueFd file(
      ::openat(directory, entry.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return cannot_make(path);
  TB_TRY(fs::write_all(file.get(), bytes));
  if (::fchmod(file.get(), entry.entry.mode == Mode::executable ? 0755 : 0644) != 0) return cannot_make(path);
  return {};
}

Status TreeWriter::place_link(const NamedEntry& entry, int directory, const std::string& path) {
  TB_LET(std::string target, content(entry));
  if (target.empty() || target.find('\0') != std::string::npos)
    return Error::make(Code::corrupt, "the symlink '{}' has no target", printable(path));
  if (::symlinkat(target.c_str(), directory, entry.name.c_str()) != 0) return cannot_make(path);
  return {};
}

Status TreeWriter::place_directory(const NamedEntry& entry, int directory, const std::string& path,
                                   int depth) {
  if (::mkdirat(directory, entry.name.c_str(), 0700) != 0) return cannot_make(path);
  UniqueFd below(::openat(directory, entry.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!below || ::fchmod(below.get(), 0755) != 0) return cannot_make(path);
  if (entry.entry.mode == Mode::directory) return write(entry.entry.id, below.get(), path, depth + 1);
  return on_submodule_(path, entry.entry.id, below.get());
}

}  // namespace tierbuild::git
