// Sources: the files that a graph reads from the workspace, each looked at once in a build. What they were is
// kept as listings in the store, so that the next build only compares stats.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "fs/fingerprint.hpp"
#include "fs/scan.hpp"
#include "graph/graph.hpp"
#include "graph/key.hpp"
#include "store/records.hpp"

namespace tierbuild::build {

/// The files of a source, and where they go below the place where the source is put.
struct SourceFiles {
  std::filesystem::path root;
  std::string strip;  // what the paths of entries lose in front
  bool single_file =
      false;  // the source is one file: it keeps its name in a directory, or gets the given one
  fs::Modes modes = fs::Modes::canonical;
  std::vector<fs::FileEntry> entries;  // sorted by path
  std::vector<Digest> contents;        // of each entry
  Digest digest;                       // of placed paths, modes and contents

  /// Relative; "" only for a directory that is the source itself.
  std::string_view placed(const fs::FileEntry& entry) const;
  std::filesystem::path on_disk(const fs::FileEntry& entry) const { return root / entry.path; }
  /// The permissions that the file has in layers and mounts.
  uint32_t mode_of(const fs::FileEntry& entry) const {
    return modes == fs::Modes::exact ? entry.exact_mode() : entry.canonical_mode();
  }
  /// Path in the workspace → "mode digest".
  std::vector<KeyField> fields() const;
  /// Path in the workspace → target, of symlinks.
  std::vector<KeyField> links() const;
};

/// Thread-safe: two nodes that read one source wait for one scan.
class Sources {
 public:
  Sources(fs::FingerprintCache& fingerprints, store::Records& records, unsigned workers)
      : fingerprints_(fingerprints), records_(records), workers_(workers) {}

  /// Looks for these sources, several at a time: those that an earlier build saw are compared with what it
  /// saw, all others scanned. What needs no reading is ready afterwards.
  void look(const std::vector<const graph::FileSource*>& sources, std::stop_token stop);
  /// Whether digest() has nothing left to read.
  bool is_ready(const graph::FileSource& source);
  /// The identity of the source's files. Fails as files() does.
  Result<Digest> digest(const graph::FileSource& source);
  /// Scans and hashes the source, or returns what the first call found. Fails with `invalid` and the place in
  /// the Buildfile if a named file does not exist or a pattern matches nothing.
  Result<const SourceFiles*> files(const graph::FileSource& source);

  /// Looks again at each file that was read: `failed` if one changed since it entered a key.
  Status unchanged(const graph::FileSource& source);

  /// Keeps listings of the sources that were scanned.
  Status save();

 private:
  struct Slot {
    std::mutex mutex;
    std::string listing;  // the name under which it is kept; empty: it is not
    std::string ignored;  // see ignore_state; the root is that of the source
    Digest kept;          // what a listing says that still holds; else empty
    std::optional<Result<SourceFiles>> found;
    std::vector<fs::VisitedDirectory> visited;  // by the scan
    int64_t looked_ns = 0;                      // when it began
    bool complete = false;                      // found with contents and digest
  };
  struct Comparison;

  Slot& slot(const graph::FileSource& source);
  std::string ignore_state(const std::string& root, fs::Modes modes);
  void compare(const std::vector<const graph::FileSource*>& sources);
  void find(Slot& slot, const graph::FileSource& source);
  enum class Unknown { leave, read };
  void hash(Slot& slot, Unknown unknown);

  fs::FingerprintCache& fingerprints_;
  store::Records& records_;
  unsigned workers_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Slot>> slots_;
  std::map<std::string, std::string> ignore_states_;  // by root
};

}  // namespace tierbuild::build
