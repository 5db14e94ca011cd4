// What a selection holds in a snapshot: the twin of fs::scan.
#pragma once

#include "fs/choice.hpp"
#include "git/snapshot.hpp"

namespace tierbuild::git {

enum class Submodules : uint8_t {
  open,  // as directories, with what their own objects have
  shut,  // each is one entry, with its commit
};

struct SnapshotEntry {
  std::string path;
  Entry entry;
};

/// The selected files, with the directories that hold them, sorted by path. A submodule that is shut is there
/// if something in it could be selected.
Result<std::vector<SnapshotEntry>> scan(Snapshot& snapshot, const fs::Choice& choice, Submodules submodules);

}  // namespace tierbuild::git
