// What `tierbuild export` does with one generated file.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "export/export.hpp"

namespace tierbuild::cli {

enum class FileState { current, stale, missing, foreign };

/// What is at `path`, against the text that belongs there. `foreign`: a file that was not generated.
struct ExportState {
  FileState state = FileState::missing;
  std::string difference;  // of a stale or foreign file, a few lines
};
Result<ExportState> compare_export(const std::filesystem::path& path, const std::string& wanted);

/// The lines that differ, each with `-` (there) or `+` (wanted) in front; at most `most` of them.
std::string short_difference(const std::string& there, const std::string& wanted, size_t most = 10);

/// Looks for the files of the workspace at `root`.
exports::FileLists file_lists(const std::string& root);

}  // namespace tierbuild::cli
