#include "cli/export_files.hpp"

#include "base/strings.hpp"
#include "export/export.hpp"
#include "fs/file.hpp"
#include "fs/scan.hpp"

namespace tierbuild::cli {

namespace {

constexpr size_t kMostCells = 16u << 20;  // of the table that finds common lines

Result<std::vector<std::string>> files_of(const fs::Selection& selection) {
  TB_LET(fs::ScanResult found, fs::scan(selection));
  std::vector<std::string> paths;
  for (fs::FileEntry& entry : found.entries)
    if (entry.type != fs::FileType::directory) paths.push_back(std::move(entry.path));
  return paths;
}

}  // namespace

std::string short_difference(const std::string& there, const std::string& wanted, size_t most) {
  std::vector<std::string_view> before = split(there, '\n'), after = split(wanted, '\n');
  if (before.size() * after.size() > kMostCells) return "  most of its lines differ\n";
  // common[i][j]: how many lines the rests from i and j have in common, in order.
  std::vector<std::vector<uint32_t>> common(before.size() + 1, std::vector<uint32_t>(after.size() + 1, 0));
  for (size_t i = before.size(); i-- > 0;)
    for (size_t j = after.size(); j-- > 0;)
      common[i][j] =
          before[i] == after[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);

  std::string out;
  size_t shown = 0;
  auto show = [&](char mark, std::string_view line) {
    if (shown++ < most) out += fmt::format("{} {}\n", mark, printable(line));
  };
  bool inside = false;  // of a run of lines that differ
  for (size_t i = 0, j = 0; i < before.size() || j < after.size();) {
    if (i < before.size() && j < after.size() && before[i] == after[j]) {
      inside = false;
      ++i, ++j;
      continue;
    }
    if (!std::exchange(inside, true) && shown < most) out += fmt::format("@@ line {} @@\n", i + 1);
    if (j == after.size() || (i < before.size() && common[i + 1][j] >= common[i][j + 1]))
      show('-', before[i++]);
    else
      show('+', after[j++]);
  }
  if (shown > most) out += fmt::format("… and {} more lines\n", shown - most);
  return out;
}

Result<ExportState> compare_export(const std::filesystem::path& path, const std::string& wanted) {
  auto there = fs::read_file(path, 16u << 20);
  if (!there && there.error().code() == Code::not_found) return ExportState{};
  if (!there) return std::move(there).error();
  if (*there == wanted) return ExportState{FileState::current, {}};
  FileState state = exports::is_generated(*there) ? FileState::stale : FileState::foreign;
  return ExportState{state, short_difference(*there, wanted)};
}

exports::FileLists file_lists(const std::string& root) {
  exports::FileLists lists;
  lists.chosen = [](const graph::FileSource& source) {
    return files_of({source.root, source.include, source.exclude, fs::ignore_file_in(source.root)});
  };
  lists.sent = [root](const std::string& path) {
    auto paths = files_of({root, {path.empty() ? "**" : path}, {}, ".dockerignore"});
    std::error_code failure;  // docker sends .git, too
    if (paths && path.empty() && std::filesystem::exists(root + "/.git", failure)) paths->push_back(".git");
    return paths;
  };
  return lists;
}

}  // namespace tierbuild::cli
