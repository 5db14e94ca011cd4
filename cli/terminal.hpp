// What standard output or standard error is connected to, and how text may look there.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace tierbuild::cli {

enum class Colour { none, red, green, yellow, blue, bold, dim };

struct Terminal {
  int fd = 2;
  bool tty = false;      // a terminal that understands cursor movement
  bool colours = false;  // tty, and NO_COLOR is not set

  /// Looks at the descriptor, NO_COLOR and TERM.
  static Terminal of(int fd, const Environment& environment);

  /// The text in a colour, or as it is where there are none.
  std::string paint(Colour colour, std::string_view text) const;
  /// Columns and rows now; 80 and 24 if unknown.
  struct Size {
    unsigned columns = 80, rows = 24;
  };
  Size size() const;
  /// Writes all of the text at once; what a closed pipe does not take is dropped.
  void write(std::string_view text) const;
};

/// Columns that a text takes: its code points, without escape sequences.
size_t display_width(std::string_view text);
/// The text cut to so many columns, with `…` at the end if anything was cut. Has no escape sequences.
std::string fit(std::string_view text, size_t columns);

}  // namespace tierbuild::cli
