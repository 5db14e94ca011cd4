#include "fs/ignore_pattern.hpp"

#include <bit>
#include <optional>

namespace tierbuild::fs {
namespace {

/// Takes a character off the front; a byte that is no UTF-8 stands for itself.
char32_t take(std::string_view& text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  size_t length = byte(0) < 0xC0 ? 1 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : 4;
  char32_t value = length == 1 ? byte(0) : byte(0) & (0xFFU >> (length + 1));
  bool good = length <= text.size();
  for (size_t i = 1; good && i < length; ++i) {
    good = (byte(i) & 0xC0) == 0x80;
    value = value << 6 | (byte(i) & 0x3FU);
  }
  if (!good) {
    value = byte(0);
    length = 1;
  }
  text.remove_prefix(length);
  return value;
}

bool is_plain(std::string_view text) {
  return text.find_first_of("*?[]\\") == std::string_view::npos;
}

}  // namespace

bool IgnorePattern::States::none() const {
  for (uint64_t word : words_)
    if (word != 0) return false;
  return true;
}

template <class F>
void IgnorePattern::States::each(F&& function) const {
  for (size_t i = 0; i < words_.size(); ++i)
    for (uint64_t word = words_[i]; word != 0; word &= word - 1)
      function(i * 64 + static_cast<size_t>(std::countr_zero(word)));
}

Result<IgnorePattern> IgnorePattern::compile(std::string_view pattern) {
  IgnorePattern out;
  using Kind = Token::Kind;
  auto fail = [&](std::string_view what) {
    return Error::make(Code::invalid, "pattern '{}': {}", pattern, what);
  };
  size_t plain = std::min(pattern.find_first_of("*?[]\\"), pattern.size());
  out.prefix_ = pattern.substr(0, plain);
  std::string_view rest = pattern.substr(plain);
  if (plain == 0 && rest.starts_with("**") && !rest.starts_with("**/") && is_plain(rest.substr(2))) {
    out.tokens_.push_back({Kind::all, 0, {}});
    rest.remove_prefix(2);
  }
  while (!rest.empty()) {
    if (rest.starts_with("**")) {
      rest.remove_prefix(2);
      if (rest.starts_with('/')) rest.remove_prefix(1);
      out.tokens_.push_back({rest.empty() ? Kind::all : Kind::deep, 0, {}});
      continue;
    }
    char32_t c = take(rest);
    Token token{Kind::character, c, {}};
    if (c == '*') token.kind = Kind::star;
    if (c == '?') token.kind = Kind::any;
    if (c == '\\') {
      if (rest.empty()) return fail("nothing follows the '\\'");
      token.character = take(rest);
    }
    if (c == '[') {
      token.kind = rest.starts_with('^') ? Kind::no_set : Kind::set;
      if (token.kind == Kind::no_set) rest.remove_prefix(1);
      while (!rest.starts_with(']') || token.ranges.empty()) {
        auto bound = [&]() -> std::optional<char32_t> {
          if (rest.empty() || rest[0] == ']' || rest[0] == '-') return std::nullopt;
          if (rest[0] == '\\') rest.remove_prefix(1);
          if (rest.empty()) return std::nullopt;
          return take(rest);
        };
        std::optional<char32_t> low = bound(), high = low;
        if (low && rest.starts_with('-')) {
          rest.remove_prefix(1);
          high = bound();
        }
        if (!low || !high) return fail("'[' is not closed, or holds nothing");
        if (*high < *low) return fail("a set goes from a character to an earlier one");
        token.ranges.emplace_back(*low, *high);
      }
      rest.remove_prefix(1);
    }
    out.tokens_.push_back(std::move(token));
  }
  if (out.tokens_.size() > kMostTokens) return fail("it is too long");
  return out;
}

bool IgnorePattern::accepts(const Token& token, char32_t c) const {
  auto in_set = [&] {
    for (auto [low, high] : token.ranges)
      if (c >= low && c <= high) return true;
    return false;
  };
  switch (token.kind) {
    case Token::Kind::character:
      return c == token.character;
    case Token::Kind::any:
    case Token::Kind::star:
      return c != '/';
    case Token::Kind::set:
      return in_set();
    case Token::Kind::no_set:
      return !in_set();
    default:
      return true;
  }
}

// A token that may be nothing lets the next one begin too.
void IgnorePattern::enter(States& states, size_t token) const {
  states.add(token);
  while (token < tokens_.size() && tokens_[token].kind >= Token::Kind::star) states.add(++token);
}

IgnorePattern::States IgnorePattern::start() const {
  States states;
  enter(states, 0);
  return states;
}

IgnorePattern::States IgnorePattern::after(const States& states, char32_t c) const {
  States next;
  states.each([&](size_t i) {
    if (i == tokens_.size() || !accepts(tokens_[i], c)) return;
    switch (tokens_[i].kind) {
      case Token::Kind::star:
      case Token::Kind::all:
        enter(next, i);
        break;
      case Token::Kind::deep:
        next.add(i);
        if (c == '/') enter(next, i + 1);
        break;
      default:
        enter(next, i + 1);
    }
  });
  return next;
}

bool IgnorePattern::matches(std::string_view path) const {
  if (!path.starts_with(prefix_)) return false;
  if (tokens_.empty()) return path.size() == prefix_.size();
  path.remove_prefix(prefix_.size());
  States states = start();
  while (!path.empty()) {
    states = after(states, take(path));
    if (states.none()) return false;
  }
  return states.has(tokens_.size());
}

bool IgnorePattern::may_match_below(std::string_view path) const {
  std::string inside = std::string(path) + "/";
  if (inside.size() <= prefix_.size()) return prefix_.starts_with(inside);
  if (!inside.starts_with(prefix_)) return false;
  std::string_view rest = std::string_view(inside).substr(prefix_.size());
  States states = start();
  while (!rest.empty()) states = after(states, take(rest));
  return !states.none();
}

}  // namespace tierbuild::fs
