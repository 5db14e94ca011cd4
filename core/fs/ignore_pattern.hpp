// One pattern of an ignore file, with Docker's meaning.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::fs {

/// `*` is any text within a name and `?` one character of it; `**` is any number of directories, at the end
/// all that is below, and at the start, with nothing but plain text behind it, any text. `[a-z]` is a
/// character of the set and `[^a]` one that is not; `\x` is x. Characters are those of UTF-8.
class IgnorePattern {
 public:
  /// Takes a cleaned pattern: no '/' at either end, no empty and no `.` component. Fails with `invalid` for a
  /// bracket without end, an empty or reversed set, a `\` at the end, or a pattern that is too long.
  static Result<IgnorePattern> compile(std::string_view pattern);

  bool matches(std::string_view path) const;
  /// True if something below the directory `path` could match.
  bool may_match_below(std::string_view path) const;

 private:
  struct Token {
    enum class Kind : uint8_t {
      character,
      any,     // of a name
      set,     // one of `ranges`
      no_set,  // none of `ranges`
      star,    // any text of a name
      deep,    // nothing, or any text that ends with '/'
      all,     // any text
    };
    Kind kind = Kind::character;
    char32_t character = 0;
    std::vector<std::pair<char32_t, char32_t>> ranges;
  };
  static constexpr size_t kMostTokens = 256;

  /// The tokens that may be next; one past the last means that all is matched.
  class States {
   public:
    void add(size_t i) { words_[i / 64] |= uint64_t{1} << i % 64; }
    bool has(size_t i) const { return (words_[i / 64] >> i % 64 & 1) != 0; }
    bool none() const;
    template <class F>
    void each(F&& function) const;

   private:
    std::array<uint64_t, kMostTokens / 64 + 1> words_{};
  };

  States start() const;
  States after(const States& states, char32_t c) const;
  void enter(States& states, size_t token) const;
  bool accepts(const Token& token, char32_t c) const;

  std::string prefix_;  // plain text in front of the tokens
  std::vector<Token> tokens_;
};

}  // namespace tierbuild::fs
