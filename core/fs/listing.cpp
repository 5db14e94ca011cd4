#include "fs/listing.hpp"

#include <fcntl.h>

#include <cstring>
#include <map>

#include "fs/directory.hpp"
#include "fs/lstat.hpp"
#include "fs/settled.hpp"

namespace tierbuild::fs {
namespace {

// "tbl1", the identity of the tree, then each directory: its path, its stat if it was read, the digest of the
// stats of what was selected in it, and the names of that. Texts end with a zero byte. At last a digest of
// all this. The bytes never leave the machine, so numbers have its order.
constexpr std::string_view kMagic = "tbl1";

void append(std::string& out, const Digest& digest) {
  out.append(reinterpret_cast<const char*>(digest.bytes().data()), Digest::kSize);
}

template <class Number>
void append_number(std::string& out, Number number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void append(std::string& out, const FileStat& stat) {
  append_number(out, stat.device);
  append_number(out, stat.inode);
  append_number(out, stat.size);
  append_number(out, stat.mtime_ns);
  append_number(out, stat.ctime_ns);
  append_number(out, stat.mode);
}

/// Of a directory only that it is one: what belongs to the tree in it has a stat of its own.
void append_entry(std::string& out, const FileStat& stat) {
  if (S_ISDIR(stat.mode))
    out += 'd';
  else
    append(out, stat);
}

/// Takes apart what `append` wrote; `whole` is false once something was missing.
struct Reader {
  std::string_view rest;
  bool whole = true;

  std::string_view take(size_t size) {
    whole = whole && size <= rest.size();
    std::string_view taken = rest.substr(0, whole ? size : 0);
    rest.remove_prefix(taken.size());
    return taken;
  }
  /// With the zero byte at its end.
  std::string_view text() { return take(std::min(rest.find('\0'), rest.size()) + 1); }
  template <class Number>
  Number number() {
    Number value{};
    std::string_view bytes = take(sizeof value);
    if (whole) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  Digest digest() {
    Digest::Bytes value{};
    std::string_view bytes = take(value.size());
    if (whole) std::memcpy(value.data(), bytes.data(), value.size());
    return Digest(value);
  }
};

struct Directory {
  std::string_view path, stat, names;  // the stat is empty if the directory was not read
  Digest entries;

  static Directory read(Reader& in) {
    Directory directory;
    directory.path = in.text();
    directory.stat = in.take(in.number<uint8_t>());
    directory.entries = in.digest();
    directory.names = in.take(in.number<uint32_t>());
    in.whole = in.whole && (directory.names.empty() || directory.names.back() == '\0');
    return directory;
  }
};

/// What is being put together for one directory.
struct Found {
  const FileStat* stat = nullptr;
  std::string names, stats;
};

std::string_view parent_of(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

}  // namespace

std::optional<Listing> Listing::of(std::span<const FileEntry> entries,
                                   std::span<const VisitedDirectory> visited, const Digest& tree,
                                   int64_t moment) {
  std::map<std::string_view, Found> found;
  for (const VisitedDirectory& directory : visited) {
    if (!is_settled(directory.stat, moment)) return std::nullopt;
    found[directory.path].stat = &directory.stat;
  }
  auto at = found.end();
  for (const FileEntry& entry : entries) {
    bool directory = entry.type == FileType::directory;
    if (directory && found.contains(entry.path)) continue;  // its own stat says more
    if (!directory && !is_settled(entry.stat, moment)) return std::nullopt;
    std::string_view parent = parent_of(entry.path);
    if (at == found.end() || at->first != parent) at = found.try_emplace(parent).first;
    at->second.names.append(entry.path, parent.empty() ? 0 : parent.size() + 1).push_back('\0');
    append_entry(at->second.stats, entry.stat);
  }

  std::string bytes(kMagic);
  append(bytes, tree);
  for (const auto& [path, directory] : found) {
    std::string stat;
    if (directory.stat != nullptr) append(stat, *directory.stat);
    bytes.append(path).push_back('\0');
    append_number(bytes, static_cast<uint8_t>(stat.size()));
    bytes += stat;
    append(bytes, Digest::of(directory.stats));
    append_number(bytes, static_cast<uint32_t>(directory.names.size()));
    bytes += directory.names;
  }
  append(bytes, Digest::of(bytes));
  return parse(std::move(bytes));
}

std::optional<Listing> Listing::parse(std::string bytes) {
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + 2 * Digest::kSize) return std::nullopt;
  std::string_view body = std::string_view(bytes).substr(0, bytes.size() - Digest::kSize);
  Reader seal{std::string_view(bytes).substr(body.size())};
  if (seal.digest() != Digest::of(body)) return std::nullopt;

  Listing listing;
  Reader in{body.substr(kMagic.size())};
  listing.tree_ = in.digest();
  while (in.whole && !in.rest.empty()) {
    listing.directories_.push_back(body.size() - in.rest.size());
    Directory::read(in);
  }
  if (!in.whole) return std::nullopt;
  listing.bytes_ = std::move(bytes);
  return listing;
}

bool Listing::holds(size_t directory, int root) const {
  Reader in{std::string_view(bytes_).substr(directories_[directory])};
  const Directory was = Directory::read(in);
  UniqueFd fd = open_below(root, was.path.front() == '\0' ? "." : was.path.data(), O_PATH | O_DIRECTORY);
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0) return false;
  std::string seen;
  if (!was.stat.empty()) append(seen, file_stat(info));
  if (seen != was.stat) return false;

  seen.clear();
  for (Reader names{was.names}; !names.rest.empty();) {
    if (::fstatat(fd.get(), names.text().data(), &info, AT_SYMLINK_NOFOLLOW) != 0) return false;
    append_entry(seen, file_stat(info));
  }
  return Digest::of(seen) == was.entries;
}

const FileEntry* find_changed(int root, std::span<const FileEntry> entries) {
  std::string directory;
  UniqueFd fd;
  for (const FileEntry& entry : entries) {
    size_t slash = entry.path.rfind('/');
    size_t name = slash == std::string::npos ? 0 : slash + 1;
    std::string_view parent = std::string_view(entry.path).substr(0, name);
    if (!fd || parent != directory) {
      directory = parent;
      fd = open_below(root, directory.empty() ? "." : directory.c_str(), O_PATH | O_DIRECTORY);
    }
    struct stat info {};
    if (!fd || ::fstatat(fd.get(), entry.path.c_str() + name, &info, AT_SYMLINK_NOFOLLOW) != 0) return &entry;
    bool same = entry.type == FileType::directory ? S_ISDIR(info.st_mode) : file_stat(info) == entry.stat;
    if (!same) return &entry;
  }
  return nullptr;
}

}  // namespace tierbuild::fs
