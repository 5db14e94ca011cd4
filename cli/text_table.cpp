#include "cli/text_table.hpp"

namespace tierbuild::cli {

std::string TextTable::str(const Terminal& terminal) const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t width = display_width(columns_[i].first);
    for (const auto& row : rows_) width = std::max(width, display_width(row[i]));
    widths.push_back(width);
  }
  auto line = [&](const auto& cell_of) {
    std::string out;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const std::string& cell = cell_of(i);
      std::string blanks(widths[i] - display_width(cell), ' ');
      bool right = columns_[i].second == Align::right;
      out += right ? blanks + cell : cell;
      if (i + 1 < columns_.size()) out += (right ? "" : blanks) + "  ";
    }
    return out;
  };
  std::string header = line([&](size_t i) -> const std::string& { return columns_[i].first; });
  std::string out = terminal.paint(Colour::dim, header) + "\n";
  for (const auto& row : rows_) out += line([&](size_t i) -> const std::string& { return row[i]; }) + "\n";
  return out;
}

}  // namespace tierbuild::cli
