#include "dockerfile/runes.hpp"

#include <array>
#include <utility>

namespace tierbuild::dockerfile {
namespace {

constexpr char32_t kInvalid = 0xFFFD;

// Ranges above ASCII that hold punctuation, symbols and blanks, but hardly a letter.
constexpr std::array<std::pair<char32_t, char32_t>, 16> kNoLetters{{{0x80, 0xA9},
                                                                    {0xAB, 0xB4},
                                                                    {0xB6, 0xB9},
                                                                    {0xBB, 0xBF},
                                                                    {0xD7, 0xD7},
                                                                    {0xF7, 0xF7},
                                                                    {0x1680, 0x1680},
                                                                    {0x2000, 0x206F},
                                                                    {0x20A0, 0x20CF},
                                                                    {0x2190, 0x2BFF},
                                                                    {0x2E00, 0x2E7F},
                                                                    {0x3000, 0x3004},
                                                                    {0x3008, 0x3020},
                                                                    {0xE000, 0xF8FF},
                                                                    {0xFFF0, 0xFFFF},
                                                                    {0x1F000, 0x1FAFF}}};

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

Rune rune_at(std::string_view text, size_t at) {
  auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {first, 1};
  size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return {kInvalid, 1};
  char32_t value = first & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if (!continues(text[at + i])) return {kInvalid, 1};
    value = value << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kLeast[length] || value > 0x10FFFF || surrogate) return {kInvalid, 1};
  return {value, length};
}

bool is_space(char32_t c) {
  switch (c) {
    case ' ':
    case 0x85:
    case 0xA0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202F:
    case 0x205F:
    case 0x3000:
      return true;
    default:
      return (c >= '\t' && c <= '\r') || (c >= 0x2000 && c <= 0x200A);
  }
}

bool is_name(char32_t c) {
  if (c < 0x80) return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  for (auto [low, high] : kNoLetters)
    if (c >= low && c <= high) return false;
  return true;
}

std::string_view trim_space(std::string_view text) {
  size_t begin = 0;
  while (begin < text.size()) {
    Rune rune = rune_at(text, begin);
    if (!is_space(rune.value)) break;
    begin += rune.length;
  }
  size_t end = begin;
  for (size_t at = begin; at < text.size();) {
    Rune rune = rune_at(text, at);
    at += rune.length;
    if (!is_space(rune.value)) end = at;
  }
  return text.substr(begin, end - begin);
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

}  // namespace tierbuild::dockerfile
