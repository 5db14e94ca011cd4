#include "cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace tierbuild::cli {

Terminal Terminal::of(int fd, const Environment& environment) {
  Terminal terminal;
  terminal.fd = fd;
  std::string term = environment.get("TERM").value_or("");
  terminal.tty = ::isatty(fd) == 1 && !term.empty() && term != "dumb";
  terminal.colours = terminal.tty && environment.get("NO_COLOR").value_or("").empty();
  return terminal;
}

std::string Terminal::paint(Colour colour, std::string_view text) const {
  static constexpr std::array<const char*, 7> kCodes{"", "1;31", "32", "33", "1;34", "1", "2"};
  if (!colours || colour == Colour::none) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", kCodes[static_cast<size_t>(colour)], text);
}

Terminal::Size Terminal::size() const {
  winsize found{};
  if (::ioctl(fd, TIOCGWINSZ, &found) != 0 || found.ws_col == 0) return {};
  return {found.ws_col, found.ws_row == 0 ? 24u : found.ws_row};
}

void Terminal::write(std::string_view text) const {
  while (!text.empty()) {
    ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    text.remove_prefix(static_cast<size_t>(n));
  }
}

static bool continues_code_point(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

size_t display_width(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = std::min(text.find('m', i), text.size() - 1);
    } else if (!continues_code_point(text[i])) {
      ++width;
    }
  }
  return width;
}

std::string fit(std::string_view text, size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  size_t end = 0;
  for (size_t width = 0; end < text.size(); ++end)
    if (!continues_code_point(text[end]) && width++ == columns - 1) break;
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace tierbuild::cli
