#include "cli/error_printer.hpp"

#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "fs/file.hpp"

namespace tierbuild::cli {
namespace {

bool in_name(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string without_tabs(std::string_view text) {
  std::string out;
  for (char c : text) out += c == '\t' ? std::string("  ") : std::string(1, c);
  return printable(out);
}

// The line with this number, counted from 1.
std::optional<std::string_view> line_of(std::string_view text, int number) {
  for (int line = 1; line < number; ++line) {
    size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(end + 1);
  }
  std::string_view line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string excerpt(const Location& where, const Terminal& terminal, Colour colour,
                    const SourceReader& read) {
  if (where.line <= 0) return {};
  auto text = read(where.file);
  if (!text) return {};
  auto line = line_of(*text, where.line);
  if (!line || trim(*line).empty()) return {};
  std::string number = std::to_string(where.line);
  std::string bar = terminal.paint(Colour::blue, "|");
  std::string out =
      fmt::format("{} {} {}\n", terminal.paint(Colour::blue, " " + number), bar, without_tabs(*line));
  std::string_view token = token_at(*line, where.column);
  if (token.empty()) return out;
  size_t indent = display_width(without_tabs(line->substr(0, static_cast<size_t>(where.column) - 1)));
  std::string carets(std::max<size_t>(1, display_width(without_tabs(token))), '^');
  out += fmt::format("{:{}}{} {:{}}{}\n", "", number.size() + 2, bar, "", indent,
                     terminal.paint(colour, carets));
  return out;
}

}  // namespace

std::string_view token_at(std::string_view line, int column) {
  if (column <= 0 || static_cast<size_t>(column) > line.size()) return {};
  std::string_view rest = line.substr(static_cast<size_t>(column) - 1);
  size_t length = 1;
  if (rest[0] == '\'' || rest[0] == '"') {
    size_t end = rest.find(rest[0], 1);
    length = end == std::string_view::npos ? rest.size() : end + 1;
  } else if (in_name(rest[0])) {
    while (length < rest.size() && in_name(rest[length])) ++length;
  }
  return rest.substr(0, length);
}

std::string relative_name(const std::string& file, const std::string& base) {
  if (base.empty() || !file.starts_with('/')) return file;
  std::string prefix = base.ends_with('/') ? base : base + "/";
  return file.starts_with(prefix) ? file.substr(prefix.size()) : file;
}

std::string format_error(const Error& error, Severity severity, const Terminal& terminal,
                         const std::string& base, const SourceReader& read) {
  Colour colour = severity == Severity::error ? Colour::red : Colour::yellow;
  std::string head = severity == Severity::error ? "error" : "warning";
  if (!error.id().empty()) head += "[" + error.id() + "]";
  std::string out = fmt::format("{}: {}\n", terminal.paint(colour, head),
                                terminal.paint(Colour::bold, printable(error.message())));
  if (error.where().known()) {
    Location shown = error.where();
    shown.file = relative_name(shown.file, base);
    out += fmt::format("  {} {}\n", terminal.paint(Colour::blue, "-->"), printable(shown.str()));
    out += excerpt(error.where(), terminal, colour, read);
  }
  std::string mark = terminal.paint(Colour::blue, "=");
  for (const std::string& frame : error.context())
    out += fmt::format("  {} note: {}\n", mark, printable(frame));
  if (!error.hint().empty()) out += fmt::format("  {} help: {}\n", mark, printable(error.hint()));
  return out;
}

std::string error_json(const Error& error, Severity severity) {
  nlohmann::ordered_json json{{"event", severity == Severity::error ? "error" : "warning"},
                              {"code", name_of(error.code())},
                              {"message", error.message()}};
  if (!error.id().empty()) json["id"] = error.id();
  if (error.where().known()) {
    json["file"] = error.where().file;
    json["line"] = error.where().line;
    json["column"] = error.where().column;
  }
  if (!error.context().empty()) json["context"] = error.context();
  if (!error.hint().empty()) json["hint"] = error.hint();
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::optional<std::string> read_source(const std::string& file) {
  auto text = fs::read_file(file, 4u << 20);
  if (!text) return std::nullopt;
  return std::move(text).value();
}

}  // namespace tierbuild::cli
