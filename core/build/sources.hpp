// Sources: the files that a graph reads from the workspace, each looked at once in a build.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "fs/fingerprint.hpp"
#include "fs/scan.hpp"
#include "graph/graph.hpp"
#include "graph/key.hpp"

namespace tierbuild::build {

/// In the root of a workspace.
inline constexpr const char* kIgnoreFile = ".tierbuildignore";

/// A file of a source with the path that it gets below the place where the source is put.
struct PlacedFile {
  std::string path;  // relative; "" only for a directory that is the source itself
  std::filesystem::path on_disk;
  fs::FileEntry entry;
};

struct SourceFiles {
  graph::SourceContent content;
  std::vector<PlacedFile> files;  // sorted by path
  bool single_file =
      false;  // the source is one file: it keeps its name in a directory, or gets the given one
};

/// Thread-safe: two nodes that read one source wait for one scan.
class Sources {
 public:
  Sources(fs::FingerprintCache& fingerprints, unsigned workers)
      : fingerprints_(fingerprints), workers_(workers) {}

  /// Scans and hashes the source, or returns what the first call found. Fails with `invalid` and the place in
  /// the Buildfile if a named file does not exist or a pattern matches nothing.
  Result<const SourceFiles*> files(const graph::FileSource& source);

  /// Looks again at each file that was read: `failed` if one changed since it entered a key.
  Status unchanged(const graph::FileSource& source);

 private:
  struct Slot {
    std::mutex mutex;
    std::optional<Result<SourceFiles>> found;
  };
  Slot& slot(const graph::FileSource& source);
  Result<SourceFiles> find(const graph::FileSource& source);

  fs::FingerprintCache& fingerprints_;
  unsigned workers_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Slot>> slots_;
};

}  // namespace tierbuild::build
