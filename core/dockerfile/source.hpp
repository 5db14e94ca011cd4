// The lines of a Dockerfile: directives, comments, continuations and heredocs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "dockerfile/syntax.hpp"

namespace tierbuild::dockerfile {

/// The text of one instruction, whose parts may stand on several lines.
struct SourceText {
  std::string text;
  struct Piece {
    size_t offset = 0;
    int line = 0, column = 0;
  };
  std::vector<Piece> pieces;
  std::vector<std::string> comments;  // in front of it
  std::vector<int> empty_lines;       // in the middle of it

  /// The place of text[begin, end).
  Range range(size_t begin, size_t end) const;
  /// That part of the text, with its place.
  Word word(size_t begin, size_t end) const;
};

/// Hands out the instructions of a file, one after the other.
class SourceReader {
 public:
  /// The directives and the escape character go into `file`.
  SourceReader(std::string_view text, File& file);

  /// The next instruction, or nothing at the end. Fails if a directive is wrong.
  Result<std::optional<SourceText>> next();
  /// Reads the lines of a heredoc up to its terminator; false if there is none.
  bool read_heredoc(Heredoc& heredoc);
  /// The line that was read last, from 1.
  int line() const { return number_; }

 private:
  struct Line {
    std::string_view text;  // without its end
    std::string_view whole;
  };
  std::optional<Line> take();
  Status directive(std::string_view line, int column);
  /// Takes a continuation character off the line, if it ends with one.
  bool continues(std::string_view& line) const;

  File& file_;
  std::string_view rest_;
  int number_ = 0;
  bool directives_over_ = false;
};

}  // namespace tierbuild::dockerfile
