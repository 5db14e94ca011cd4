// The work tree compared with the index: one parallel walk, nothing read that its stat proves to be clean.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "git/index.hpp"

namespace tierbuild::git {

/// A path that is not as the index has it.
struct WorkFile {
  std::string path;
  Entry now;             // Mode::none: it is gone; the id of what is untracked is empty
  bool tracked = false;  // it stands in the index
};

struct WorkOptions {
  /// Whether a directory matters; called by several threads. What is below one that does not counts as clean.
  std::function<bool(std::string_view directory)> enters = [](std::string_view) { return true; };
  unsigned threads = 0;     // 0: one for each processor
  bool trusts_mode = true;  // core.fileMode
  int64_t index_time = 0;   // when the index was written, in nanoseconds: the racy rule
};

struct WorkState {
  std::vector<WorkFile> files;          // sorted by path; untracked directories are there with what they hold
  std::vector<std::string> submodules;  // those whose directories are there
};

/// Compares what is below `root` with the index. Ignored files count as untracked; `.git` is skipped. Fails
/// with `io` or `denied` if a directory or a file that may have changed cannot be read.
Result<WorkState> compare_work_tree(const std::filesystem::path& root, const Index& index,
                                    const WorkOptions& options);

}  // namespace tierbuild::git
