#include "cli/export_files.hpp"

#include "base/strings.hpp"
#include "export/export.hpp"
#include "fs/file.hpp"

namespace tierbuild::cli {

std::string short_difference(const std::string& there, const std::string& wanted, size_t most) {
  std::vector<std::string_view> before = split(there, '\n'), after = split(wanted, '\n');
  size_t head = 0, tail = 0, shorter = std::min(before.size(), after.size());
  while (head < shorter && before[head] == after[head]) ++head;
  while (tail < shorter - head && before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) ++tail;
  std::string out = fmt::format("@@ line {} @@\n", head + 1);
  size_t shown = 0;
  auto show = [&](char mark, const std::vector<std::string_view>& lines) {
    for (size_t i = head; i < lines.size() - tail; ++i)
      if (shown++ < most) out += fmt::format("{}{}\n", mark, printable(lines[i]));
  };
  show('-', before);
  show('+', after);
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

}  // namespace tierbuild::cli
