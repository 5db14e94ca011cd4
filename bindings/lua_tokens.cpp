#include "bindings/lua_tokens.hpp"

#include <algorithm>
#include <optional>

namespace tierbuild::bindings {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool in_name(char c) {
  return c == '_' || is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  std::vector<LuaToken> run() {
    if (peek() == '#')
      while (!done() && peek() != '\n') next();
    while (skip_blanks() && !done()) {
      LuaToken token;
      token.line = line_;
      token.column = column_;
      if (!read(token)) break;
      tokens_.push_back(std::move(token));
    }
    return std::move(tokens_);
  }

 private:
  bool done() const { return at_ >= source_.size(); }
  char peek(size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }
  void next() {
    if (source_[at_++] == '\n') {
      ++line_;
      column_ = 1;
    } else {
      ++column_;
    }
  }
  void next(size_t count) {
    while (count-- > 0 && !done()) next();
  }

  // Blanks and comments; false if a long comment has no end.
  bool skip_blanks() {
    while (!done()) {
      if (std::string_view(" \t\r\n\v\f").find(peek()) != std::string_view::npos) {
        next();
      } else if (peek() == '-' && peek(1) == '-') {
        next(2);
        if (long_level()) {
          if (!read_long()) return false;
        } else {
          while (!done() && peek() != '\n') next();
        }
      } else {
        break;
      }
    }
    return true;
  }

  // The number of '=' if a long bracket opens here.
  std::optional<size_t> long_level() const {
    if (peek() != '[') return std::nullopt;
    size_t level = 0;
    while (peek(1 + level) == '=') ++level;
    if (peek(1 + level) != '[') return std::nullopt;
    return level;
  }

  std::optional<std::string> read_long() {
    size_t level = *long_level();
    std::string close = "]" + std::string(level, '=') + "]";
    next(level + 2);
    size_t end = source_.find(close, at_);
    if (end == std::string_view::npos) return std::nullopt;
    std::string text(source_.substr(at_, end - at_));
    next(text.size() + close.size());
    return text;
  }

  bool read(LuaToken& token) {
    char c = peek();
    if (c == '"' || c == '\'') return read_string(token);
    if (long_level()) {
      auto text = read_long();
      if (!text) return false;
      token.kind = LuaToken::Kind::string;
      token.text = *text;
      return true;
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      token.kind = LuaToken::Kind::number;
      while (in_name(peek()) || peek() == '.' ||
             ((peek() == '+' || peek() == '-') &&
              std::string_view("eEpP").find(token.text.back()) != std::string_view::npos)) {
        token.text += peek();
        next();
      }
      return true;
    }
    if (in_name(c)) {
      token.kind = LuaToken::Kind::name;
      while (in_name(peek())) {
        token.text += peek();
        next();
      }
      return true;
    }
    static constexpr std::string_view kLong[] = {"...", "..", "==", "~=", "<=", ">=", "::"};
    for (std::string_view symbol : kLong)
      if (source_.substr(at_, symbol.size()) == symbol) {
        token.text = symbol;
        next(symbol.size());
        return true;
      }
    token.text = std::string(1, c);
    next();
    return true;
  }

  bool read_string(LuaToken& token) {
    char quote = peek();
    token.kind = LuaToken::Kind::string;
    next();
    while (!done() && peek() != quote) {
      if (peek() == '\n') return false;
      if (peek() == '\\') {
        token.text += peek();
        next();
        if (done()) return false;
      }
      token.text += peek();
      next();
    }
    if (done()) return false;
    next();
    return true;
  }

  std::string_view source_;
  size_t at_ = 0;
  int line_ = 1, column_ = 1;
  std::vector<LuaToken> tokens_;
};

}  // namespace

std::vector<LuaToken> lua_tokens(std::string_view source) {
  return Lexer(source).run();
}

}  // namespace tierbuild::bindings
