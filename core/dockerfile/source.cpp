#include "dockerfile/source.hpp"

#include "base/strings.hpp"
#include "dockerfile/runes.hpp"

namespace tierbuild::dockerfile {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

size_t leading_space(std::string_view line) {
  size_t at = 0;
  while (at < line.size()) {
    Rune rune = rune_at(line, at);
    if (!is_space(rune.value)) break;
    at += rune.length;
  }
  return at;
}

bool is_comment(std::string_view line) {
  return line.substr(leading_space(line)).starts_with('#');
}

std::string_view without_end(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

Range SourceText::range(size_t begin, size_t end) const {
  auto place = [this](size_t offset) {
    Piece holder = pieces.empty() ? Piece{} : pieces.front();
    for (const Piece& piece : pieces)
      if (piece.offset <= offset) holder = piece;
    return std::pair{holder.line, holder.column + static_cast<int>(offset - holder.offset)};
  };
  auto [line, column] = place(begin);
  if (end <= begin) return {line, column, line, column};
  auto [end_line, last_column] = place(end - 1);
  return {line, column, end_line, last_column + 1};
}

Word SourceText::word(size_t begin, size_t end) const {
  return {text.substr(begin, end - begin), range(begin, end)};
}

std::string Heredoc::text() const {
  if (!chomps) return content;
  std::string out;
  bool start = true;
  for (char c : content) {
    if (start && c == '\t') continue;
    start = c == '\n';
    out += c;
  }
  return out;
}

SourceReader::SourceReader(std::string_view text, File& file) : file_(file), rest_(text) {
  if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
}

std::optional<SourceReader::Line> SourceReader::take() {
  if (rest_.empty()) return std::nullopt;
  size_t end = rest_.find('\n');
  std::string_view whole = rest_.substr(0, end == std::string_view::npos ? end : end + 1);
  rest_.remove_prefix(whole.size());
  ++number_;
  return Line{without_end(whole), whole};
}

// `# name = value` ahead of every other line; the first line that is none ends them.
Status SourceReader::directive(std::string_view line, int column) {
  if (directives_over_) return {};
  directives_over_ = true;
  if (!line.starts_with('#')) return {};
  std::string_view text = line.substr(1);
  text.remove_prefix(leading_space(text));
  size_t length = 0;
  while (length < text.size() &&
         (is_letter(text[length]) || (length > 0 && text[length] >= '0' && text[length] <= '9')))
    ++length;
  std::string name = lower(text.substr(0, length));
  std::string_view rest = trim_space(text.substr(length));
  if (!rest.starts_with('=')) return {};
  std::string value(trim_space(rest.substr(1)));
  bool known = name == "syntax" || name == "escape" || name == "check";
  if (!known || value.empty()) return {};
  Range range{number_, column, number_, column + static_cast<int>(line.size())};
  if (file_.directives.contains(name))
    return Error::make(Code::invalid, "the directive '{}' is given twice", name).at(file_.at(range));
  if (name == "escape") {
    if (value != "\\" && value != "`")
      return Error::make(Code::invalid, "the escape character must be '\\' or '`', not '{}'", value)
          .at(file_.at(range));
    file_.escape = value[0];
  }
  file_.directives[name] = {std::move(value), range};
  directives_over_ = false;
  return {};
}

bool SourceReader::continues(std::string_view& line) const {
  std::string_view text = line;
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  if (!text.ends_with(file_.escape)) return false;
  text.remove_suffix(1);
  if (text.ends_with(file_.escape)) return false;  // an escaped one
  line = text;
  return true;
}

Result<std::optional<SourceText>> SourceReader::next() {
  SourceText out;
  while (std::optional<Line> first = take()) {
    size_t indent = leading_space(first->text);
    std::string_view text = first->text.substr(indent);
    int column = static_cast<int>(indent) + 1;
    bool directives = !directives_over_;
    TB_TRY(directive(text, column));
    if (is_comment(text)) {
      if (directives && !directives_over_) continue;
      std::string comment(trim_space(text.substr(1)));
      if (comment.empty())
        out.comments.clear();
      else
        out.comments.push_back(std::move(comment));
      continue;
    }
    bool more = continues(text);
    if (!more && text.empty()) continue;
    out.pieces.push_back({0, number_, column});
    out.text = text;
    while (more) {
      std::optional<Line> line = take();
      if (!line) break;
      std::string_view part = line->text;
      if (is_comment(part)) continue;
      if (leading_space(part) == part.size()) {
        out.empty_lines.push_back(number_);
        continue;
      }
      more = continues(part);
      out.pieces.push_back({out.text.size(), number_, 1});
      out.text += part;
    }
    return std::optional(std::move(out));
  }
  return std::optional<SourceText>();
}

bool SourceReader::read_heredoc(Heredoc& heredoc) {
  heredoc.range = {number_ + 1, 1, number_ + 1, 1};
  while (std::optional<Line> line = take()) {
    std::string_view text = line->text;
    if (heredoc.chomps) text.remove_prefix(std::min(text.find_first_not_of('\t'), text.size()));
    if (text == heredoc.name) return true;
    heredoc.content += line->whole;
    heredoc.range.end_line = number_ + 1;
  }
  return false;
}

}  // namespace tierbuild::dockerfile
