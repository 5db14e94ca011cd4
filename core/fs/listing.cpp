#include "fs/listing.hpp"

#include <fcntl.h>

#include <array>
#include <cstring>
#include <map>
#include <type_traits>

#include "fs/directory.hpp"
#include "fs/lstat.hpp"
#include "fs/settled.hpp"

namespace tierbuild::fs {
namespace {

// "tbl2", the rules, the identity of the tree, then each directory: its path, its stat if it was read, the
// digest of all that is said of it, with the stats of what was selected in it, and the names of that. Texts
// end with a zero byte. At last a digest of the rules, the identity and these digests. The bytes never leave
// the machine, so numbers have its order.
constexpr std::string_view kMagic = "tbl2";

/// A stat as it is written and hashed.
struct Row {
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t mtime_ns = 0;
  int64_t ctime_ns = 0;
  uint64_t device = 0;
  uint64_t mode = 0;

  explicit Row(const FileStat& stat)
      : inode(stat.inode),
        size(stat.size),
        mtime_ns(stat.mtime_ns),
        ctime_ns(stat.ctime_ns),
        device(stat.device),
        mode(stat.mode) {}
  Row() = default;
  std::string_view bytes() const { return {reinterpret_cast<const char*>(this), sizeof *this}; }
};
static_assert(std::has_unique_object_representations_v<Row>);

/// Of a directory only that it is one: what belongs to the tree in it has a stat of its own.
Row row_of_entry(const FileStat& stat) {
  if (!S_ISDIR(stat.mode)) return Row(stat);
  Row row;
  row.mode = S_IFDIR;
  return row;
}

std::string_view bytes_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes().data()), Digest::kSize};
}

template <class Number>
void append_number(std::string& out, Number number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

/// Hashes a directory: texts first, then the rows, some of which it takes at a time.
class DirectoryHasher {
 public:
  DirectoryHasher(std::string_view path, std::string_view stat, std::string_view names) {
    hash_.update(path);
    hash_.update(stat);
    hash_.update(names);
  }
  void add(const Row& row) {
    rows_[count_++] = row;
    if (count_ == rows_.size()) flush();
  }
  Digest finish() {
    flush();
    return hash_.finish();
  }

 private:
  void flush() {
    hash_.update({reinterpret_cast<const char*>(rows_.data()), std::exchange(count_, 0) * sizeof(Row)});
  }
  Sha256 hash_;
  std::array<Row, 64> rows_;
  size_t count_ = 0;
};

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
  Digest digest;

  static Directory read(Reader& in) {
    Directory directory;
    directory.path = in.text();
    directory.stat = in.take(in.number<uint8_t>());
    directory.digest = in.digest();
    directory.names = in.take(in.number<uint32_t>());
    in.whole = in.whole && (directory.names.empty() || directory.names.back() == '\0');
    return directory;
  }
};

/// What is being put together for one directory.
struct Found {
  const FileStat* stat = nullptr;
  std::string names;
  std::vector<const FileStat*> entries;
};

std::string_view parent_of(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

}  // namespace

std::optional<std::string> Listing::bytes(std::span<const FileEntry> entries,
                                          std::span<const VisitedDirectory> visited, const Digest& rules,
                                          const Digest& tree, int64_t moment) {
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
    at->second.entries.push_back(&entry.stat);
  }

  std::string bytes(kMagic);
  Sha256 seal;
  for (const Digest& digest : {rules, tree}) {
    bytes += bytes_of(digest);
    seal.update(bytes_of(digest));
  }
  for (const auto& [name, directory] : found) {
    const std::string path = std::string(name) + '\0';
    std::string stat;
    if (directory.stat != nullptr) stat = Row(*directory.stat).bytes();
    DirectoryHasher hasher(path, stat, directory.names);
    for (const FileStat* entry : directory.entries) hasher.add(row_of_entry(*entry));
    const Digest digest = hasher.finish();
    seal.update(bytes_of(digest));
    bytes += path;
    append_number(bytes, static_cast<uint8_t>(stat.size()));
    bytes += stat;
    bytes += bytes_of(digest);
    append_number(bytes, static_cast<uint32_t>(directory.names.size()));
    bytes += directory.names;
  }
  return bytes += bytes_of(seal.finish());
}

std::optional<Listing> Listing::open(const std::filesystem::path& file, const Digest& rules) {
  Result<MappedFile> opened = MappedFile::open(file);
  if (!opened) return std::nullopt;
  const std::string_view bytes = opened->bytes();
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + 3 * Digest::kSize) return std::nullopt;
  const std::string_view body = bytes.substr(0, bytes.size() - Digest::kSize);
  Listing listing;
  Reader in{body.substr(kMagic.size())};
  if (in.digest() != rules) return std::nullopt;
  listing.tree_ = in.digest();
  Sha256 seal;
  for (const Digest& digest : {rules, listing.tree_}) seal.update(bytes_of(digest));
  while (in.whole && !in.rest.empty()) {
    listing.directories_.push_back(body.size() - in.rest.size());
    seal.update(bytes_of(Directory::read(in).digest));
  }
  if (!in.whole || bytes_of(seal.finish()) != bytes.substr(body.size())) return std::nullopt;
  listing.file_ = std::move(*opened);
  return listing;
}

bool Listing::holds(size_t directory, int root) const {
  Reader in{file_.bytes().substr(directories_[directory])};
  const Directory was = Directory::read(in);
  UniqueFd fd = open_below(root, was.path.front() == '\0' ? "." : was.path.data(), O_PATH | O_DIRECTORY);
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0) return false;
  if (!was.stat.empty() && Row(file_stat(info)).bytes() != was.stat) return false;

  DirectoryHasher seen(was.path, was.stat, was.names);
  for (std::string_view rest = was.names; !rest.empty(); rest.remove_prefix(std::strlen(rest.data()) + 1)) {
    if (::fstatat(fd.get(), rest.data(), &info, AT_SYMLINK_NOFOLLOW) != 0) return false;
    seen.add(row_of_entry(file_stat(info)));
  }
  return seen.finish() == was.digest;
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
