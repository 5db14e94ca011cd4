// Looks: what an evaluation saw of the workspace, so that a later run can tell whether it would see the same.
#pragma once

#include <sys/stat.h>

#include <map>
#include <string>
#include <vector>

#include "fs/scan.hpp"
#include "hash/digest.hpp"

namespace tierbuild::bindings {

struct Look {
  enum class Kind : uint8_t {
    read,         // the bytes of a file
    exists,       // whether something is there, symlinks followed
    exists_link,  // the same, a symlink counts itself
    glob,         // the paths that match
  };
  Kind kind = Kind::read;
  std::string path;                   // absolute; of a glob relative to the root
  Digest found;                       // the content, the answer or the list of paths
  fs::FileStat stat;                  // what proves it while it stays; all zero: nothing does yet
  std::vector<uint32_t> directories;  // what proves it instead, by index; glob: those that were read

  bool operator==(const Look&) const = default;
};

/// What stays of a file's stat as long as it is there.
inline fs::FileStat identity_of(const fs::FileStat& stat) {
  return {.device = stat.device, .inode = stat.inode, .mode = stat.mode & S_IFMT};
}

/// How an answer is kept in `found`.
inline const Digest& digest_of(bool answer) {
  static const Digest there = Digest::of("there"), missing = Digest::of("missing");
  return answer ? there : missing;
}

struct Looks {
  std::string root;
  std::vector<Look> looks;
  std::vector<fs::VisitedDirectory> directories;  // relative to the root; stats as above
  bool repeatable = true;  // false if a look failed, or two looks at one thing saw different things
};

}  // namespace tierbuild::bindings
