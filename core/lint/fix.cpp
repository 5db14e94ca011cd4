#include "lint/fix.hpp"

#include <algorithm>

namespace tierbuild::lint {
namespace {

struct Line {
  size_t start = 0, length = 0, end = 0;  // without and with its line end
};

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    size_t next = end == std::string_view::npos ? text.size() : end + 1;
    size_t length = std::min(end, text.size()) - at;
    if (length > 0 && text[at + length - 1] == '\r') --length;
    lines.push_back({at, length, next});
    at = next;
  }
  return lines;
}

}  // namespace

Fixed apply_edits(std::string_view text, std::vector<Edit> edits) {
  std::vector<Line> lines = lines_of(text);
  // From the last to the first, so that places before an edit stay what they are.
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) {
    if (a.line != b.line) return a.line > b.line;
    if (a.drop_line != b.drop_line) return a.drop_line;
    return a.column > b.column;
  });
  Fixed fixed{std::string(text), 0};
  size_t untouched = std::string::npos;  // everything before it is as it was
  for (const Edit& edit : edits) {
    if (edit.line < 1 || edit.column < 1 || static_cast<size_t>(edit.line) > lines.size()) continue;
    const Line& line = lines[static_cast<size_t>(edit.line) - 1];
    size_t at = line.start + static_cast<size_t>(edit.column) - 1, end = at + edit.before.size();
    if (end > line.start + line.length || end > untouched ||
        text.substr(at, edit.before.size()) != edit.before)
      continue;
    if (edit.drop_line && edit.before.size() != line.length) continue;
    if (edit.drop_line)
      fixed.text.erase(line.start, line.end - line.start);
    else
      fixed.text.replace(at, edit.before.size(), edit.after);
    untouched = edit.drop_line ? line.start : at;
    ++fixed.edits;
  }
  return fixed;
}

}  // namespace tierbuild::lint
