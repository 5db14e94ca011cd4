// Which files a selection holds: one sorted walk, nothing opened.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::fs {

enum class FileType : uint8_t { file, directory, symlink };

/// What lstat says of a file; equal stats mean "not touched since", but for the racy window (see
/// FingerprintCache).
struct FileStat {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t mtime_ns = 0;
  int64_t ctime_ns = 0;
  uint32_t mode = 0;
  bool operator==(const FileStat&) const = default;
};

struct FileEntry {
  std::string path;  // relative to the selection's root, '/'-separated
  FileType type = FileType::file;
  FileStat stat;
  std::string link;  // target of a symlink

  /// The mode as git sees it: 0755 if the owner may execute (and for directories), else 0644; 0777 for
  /// symlinks.
  uint32_t canonical_mode() const;
  /// The permissions on disk, with setuid, setgid and sticky; 0777 for symlinks.
  uint32_t exact_mode() const;
};

/// Files below `root`: what one of `include` names or matches, without what `exclude`, `ignore` and the
/// ignore file match.
struct Selection {
  enum class Kind : uint8_t {
    workspace,
    context,  // of a Dockerfile: `include` are ContextPatterns, `.git` is there, sockets are not
  };
  std::filesystem::path root;
  std::vector<std::string> include{};  // a plain path takes a directory with all below it; globs see Glob
  std::vector<std::string> exclude{};  // .dockerignore syntax
  std::string ignore_file{};           // name of an ignore file read at `root` if it exists; empty: none
  Kind kind = Kind::workspace;
  std::vector<std::string> ignore{};  // the lines of an ignore file

  bool operator==(const Selection&) const = default;
};

/// Ignore files of a workspace, in its root: the first that is there counts.
inline constexpr std::array<const char*, 2> kIgnoreFiles{".tierbuildignore", ".dockerignore"};
/// The one that counts; the first if there is none.
const char* ignore_file_in(const std::filesystem::path& root);

struct ScanResult {
  std::vector<FileEntry> entries;  // sorted by the bytes of the path, each once
  std::vector<std::string>
      unmatched;  // includes that name or match nothing that is left; of a context, names
};

/// A directory that a scan has read, as it was before.
struct VisitedDirectory {
  std::string path;  // relative to the root; empty: the root itself
  FileStat stat;
};

/// Walks the selection. Sockets, fifos and devices fail with `invalid`; a root that is not a directory with
/// `not_found`. Symlinks are entries, never followed below `root`; `.git` is always skipped. In a context the
/// symlinks that a pattern names or matches are entries, and where they lead in the root is selected, too.
/// `visited` gets every directory that was read: while they all stay as they are, another scan finds the
/// same.
Result<ScanResult> scan(const Selection& selection, std::vector<VisitedDirectory>* visited = nullptr);

/// lstat of one path as an entry named `path`, or `not_found`. Fails with `invalid` if the path leaves `root`
/// or leads through a symlink.
Result<FileEntry> stat_entry(const std::filesystem::path& root, const std::string& path);

}  // namespace tierbuild::fs
