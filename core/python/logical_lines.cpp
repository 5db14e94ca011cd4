#include "python/logical_lines.hpp"

#include "base/strings.hpp"

namespace tierbuild::python {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\f' || c == '\v';
}

bool is_comment(std::string_view line) {
  while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
  return line.starts_with('#');
}

// A comment begins at a '#' after a blank or at the start: that of a URL's fragment is none.
void drop_comment(std::string& text) {
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] == '#' && (i == 0 || is_blank(text[i - 1]))) {
      text.resize(i);
      return;
    }
}

}  // namespace

Location LogicalLine::where(const std::string& file, size_t offset) const {
  Piece holder;
  for (const Piece& piece : pieces)
    if (piece.offset <= offset) holder = piece;
  return {file, holder.line, holder.column + static_cast<int>(offset - holder.offset)};
}

std::vector<LogicalLine> logical_lines(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<LogicalLine> lines;
  LogicalLine open;
  auto close = [&] {
    drop_comment(open.text);
    while (!open.text.empty() && is_blank(open.text.back())) open.text.pop_back();
    if (open.text.find_first_not_of(" \t\f\v") != std::string::npos) lines.push_back(std::move(open));
    open = {};
  };
  int number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    bool comment = is_comment(line);
    bool continues = line.ends_with('\\') && !comment;
    if (continues) line.remove_suffix(1);
    if (comment) open.text += ' ';  // so that it is one, whatever it continues
    open.pieces.push_back({open.text.size(), number, 1});
    open.text += line;
    if (!continues) close();
  }
  if (!open.pieces.empty()) close();
  return lines;
}

}  // namespace tierbuild::python
