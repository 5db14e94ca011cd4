#include "dockerfile/pattern.hpp"

#include <algorithm>

#include "dockerfile/runes.hpp"

namespace tierbuild::dockerfile {
namespace {

// Bytes that are no UTF-8 must come out as they went in.
constexpr char32_t kRawByte = 0x110000;

std::u32string decode(std::string_view text) {
  std::u32string out;
  for (size_t at = 0; at < text.size();) {
    Rune rune = rune_at(text, at);
    bool raw = rune.length == 1 && rune.value >= 0x80;
    out += raw ? kRawByte + static_cast<unsigned char>(text[at]) : rune.value;
    at += rune.length;
  }
  return out;
}

void append(std::string& out, char32_t c) {
  auto byte = [&](char32_t value) { out += static_cast<char>(value); };
  if (c >= kRawByte) return byte(c - kRawByte);
  if (c < 0x80) return byte(c);
  int more = c >= 0x10000 ? 3 : c >= 0x800 ? 2 : 1;
  byte((0xFF00U >> (more + 1) & 0xFFU) | c >> (6 * more));
  while (more-- > 0) byte(0x80U | (c >> (6 * more) & 0x3FU));
}

std::string encode(std::u32string_view text) {
  std::string out;
  for (char32_t c : text) append(out, c);
  return out;
}

// The replacement for one match: `$0`, `${0}`, `$$`.
std::string filled(std::string_view replacement, std::string_view match) {
  std::string out;
  for (size_t at = 0; at < replacement.size();) {
    if (replacement[at] != '$') {
      out += replacement[at++];
      continue;
    }
    std::string_view rest = replacement.substr(at + 1);
    if (rest.starts_with('$')) {
      out += '$';
      at += 2;
      continue;
    }
    bool braced = rest.starts_with('{');
    if (braced) rest.remove_prefix(1);
    size_t length = 0;
    while (length < rest.size()) {
      Rune rune = rune_at(rest, length);
      if (!is_name(rune.value)) break;
      length += rune.length;
    }
    bool closed = !braced || (length < rest.size() && rest[length] == '}');
    if (length == 0 || !closed) {
      out += replacement[at++];
      continue;
    }
    if (rest.substr(0, length) == "0") out += match;
    at += 1 + length + (braced ? 2 : 0);
  }
  return out;
}

}  // namespace

Result<Pattern> Pattern::compile(std::string_view text) {
  Pattern pattern;
  std::u32string runes = decode(text);
  for (size_t i = 0; i < runes.size(); ++i) {
    char32_t c = runes[i];
    if (c == '*') {
      pattern.tokens_.push_back({Token::Kind::star, 0});
      continue;
    }
    if (c == '?') {
      pattern.tokens_.push_back({Token::Kind::any, 0});
      continue;
    }
    if (c == '\\') {
      char32_t next = i + 1 < runes.size() ? runes[i + 1] : 0;
      if (next == 0) return Error::make(Code::invalid, "nothing follows the '\\' of the pattern '{}'", text);
      if (std::u32string_view(U"*?\\/}").find(next) == std::u32string_view::npos)
        return Error::make(Code::invalid, "'\\{}' has no meaning in the pattern '{}'",
                           encode(std::u32string(1, next)), text);
      c = next;
      ++i;
    }
    pattern.tokens_.push_back({Token::Kind::literal, c});
  }
  return pattern;
}

// The length of the shortest or longest beginning of the text that matches. `reached` holds the places that
// the tokens so far may have come to.
std::optional<size_t> Pattern::match(const std::vector<Token>& tokens, std::u32string_view text,
                                     Reach reach) {
  std::vector<char> reached(text.size() + 1, 0);
  reached[0] = 1;
  for (const Token& token : tokens) {
    if (token.kind == Token::Kind::star) {
      for (size_t i = 1; i <= text.size(); ++i)
        if (reached[i - 1] != 0 && text[i - 1] != '\n') reached[i] = 1;
      continue;
    }
    for (size_t i = text.size(); i > 0; --i) {
      bool fits = token.kind == Token::Kind::any ? text[i - 1] != '\n' : text[i - 1] == token.value;
      reached[i] = fits ? reached[i - 1] : 0;
    }
    reached[0] = 0;
    if (std::find(reached.begin(), reached.end(), 1) == reached.end()) return std::nullopt;
  }
  if (reach == Reach::shortest) {
    auto first = std::find(reached.begin(), reached.end(), 1);
    if (first == reached.end()) return std::nullopt;
    return static_cast<size_t>(first - reached.begin());
  }
  auto last = std::find(reached.rbegin(), reached.rend(), 1);
  if (last == reached.rend()) return std::nullopt;
  return text.size() - static_cast<size_t>(last - reached.rbegin());
}

std::string Pattern::without_prefix(std::string_view value, Reach reach) const {
  std::u32string text = decode(value);
  auto length = match(tokens_, text, reach);
  return encode(std::u32string_view(text).substr(length.value_or(0)));
}

std::string Pattern::without_suffix(std::string_view value, Reach reach) const {
  std::u32string text = decode(value);
  std::u32string backwards(text.rbegin(), text.rend());
  auto length = match({tokens_.rbegin(), tokens_.rend()}, backwards, reach);
  return encode(std::u32string_view(text).substr(0, text.size() - length.value_or(0)));
}

std::string Pattern::replace_first(std::string_view value, std::string_view replacement) const {
  std::u32string text = decode(value);
  for (size_t at = 0; at <= text.size(); ++at)
    if (auto length = match(tokens_, std::u32string_view(text).substr(at), Reach::longest))
      return encode(text.substr(0, at)) + std::string(replacement) + encode(text.substr(at + *length));
  return std::string(value);
}

std::string Pattern::replace_all(std::string_view value, std::string_view replacement) const {
  std::u32string text = decode(value);
  std::string out;
  size_t done = 0;  // where the last match ended
  for (size_t at = 0; at <= text.size();) {
    auto length = match(tokens_, std::u32string_view(text).substr(at), Reach::longest);
    if (!length) {
      ++at;
      continue;
    }
    out += encode(text.substr(done, at - done));
    // A match of nothing right behind another match is none.
    if (at + *length > done || at == 0) out += filled(replacement, encode(text.substr(at, *length)));
    done = at + *length;
    at = std::max(done, at + 1);
  }
  return out + encode(text.substr(done));
}

}  // namespace tierbuild::dockerfile
