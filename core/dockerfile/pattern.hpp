// The patterns of `${x#pattern}` and its relatives.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::dockerfile {

/// `*` matches any text and `?` one character, both within a line; a backslash takes the meaning of `*`, `?`,
/// `\`, `/` and `}`. There are no brackets.
class Pattern {
 public:
  /// Fails with `invalid` if something else follows a backslash.
  static Result<Pattern> compile(std::string_view text);

  enum class Reach : uint8_t { shortest, longest };
  /// The value without the prefix, or suffix, that matches.
  std::string without_prefix(std::string_view value, Reach reach) const;
  std::string without_suffix(std::string_view value, Reach reach) const;

  /// The value with its first match replaced.
  std::string replace_first(std::string_view value, std::string_view replacement) const;
  /// The value with all matches replaced. In the replacement `$0` is the match, `$$` a dollar, and any other
  /// `$name` nothing.
  std::string replace_all(std::string_view value, std::string_view replacement) const;

 private:
  struct Token {
    enum class Kind : uint8_t { literal, any, star };
    Kind kind = Kind::literal;
    char32_t value = 0;
  };
  static std::optional<size_t> match(const std::vector<Token>& tokens, std::u32string_view text, Reach reach);

  std::vector<Token> tokens_;
};

}  // namespace tierbuild::dockerfile
