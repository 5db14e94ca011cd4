// Characters of UTF-8 text, classed as the Dockerfile language does.
#pragma once

#include <string_view>

namespace tierbuild::dockerfile {

struct Rune {
  char32_t value = 0;
  size_t length = 1;
};

/// The character at `at`, which must be inside of the text; a byte that is no UTF-8 stands for itself, as
/// U+FFFD.
Rune rune_at(std::string_view text, size_t at);

/// Unicode's white space.
bool is_space(char32_t c);
/// A character that names of variables may have: letters of all scripts, digits and '_'.
bool is_name(char32_t c);

/// The text without white space at both ends.
std::string_view trim_space(std::string_view text);
/// The blanks that separate the words of an instruction: those of ASCII but for the line end.
bool is_blank(char c);

}  // namespace tierbuild::dockerfile
