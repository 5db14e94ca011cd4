// Logical lines: the lines of a requirements file with continuations joined and comments taken out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace tierbuild::python {

struct LogicalLine {
  std::string text;

  /// Where the byte at `offset` of the text stands in the file.
  Location where(const std::string& file, size_t offset) const;

  /// A part of the text that stands on one line.
  struct Piece {
    size_t offset = 0;
    int line = 0, column = 0;
  };
  std::vector<Piece> pieces;
};

/// Lines that hold something, as pip joins them: a `\` at the end continues a line, but not that of a
/// comment.
std::vector<LogicalLine> logical_lines(std::string_view text);

}  // namespace tierbuild::python
