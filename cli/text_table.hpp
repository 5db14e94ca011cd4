// TextTable: rows in aligned columns.
#pragma once

#include <string>
#include <vector>

#include "cli/terminal.hpp"

namespace tierbuild::cli {

enum class Align { left, right };

class TextTable {
 public:
  explicit TextTable(std::vector<std::pair<std::string, Align>> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  /// Header and rows; the last column is not padded.
  std::string str(const Terminal& terminal) const;

 private:
  std::vector<std::pair<std::string, Align>> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace tierbuild::cli
