// Words of a Dockerfile: quotes, escapes and variables, as in a shell but without one.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::dockerfile {

/// The value of a variable, or nothing if it is not set.
using Lookup = std::function<std::optional<std::string>(const std::string& name)>;

struct WordRules {
  enum class Quotes : uint8_t {
    remove,    // they group, and vanish
    keep,      // they group, and stay
    ordinary,  // they are characters as any other
  };
  enum class Escapes : uint8_t { remove, keep };
  enum class Unset : uint8_t {
    empty,   // a variable without a value gives nothing
    remain,  // it stays as it is written
  };
  char escape = '\\';
  Quotes quotes = Quotes::remove;
  Escapes escapes = Escapes::remove;
  Unset unset = Unset::empty;
};

struct Expansion {
  std::string text;
  std::vector<std::string> words;    // the same, split at blanks that are not quoted
  std::set<std::string> set, unset;  // the variables that were asked for
};

/// Replaces `$x`, `${x}`, `${x:-default}`, `${x-default}`, `${x:+other}`, `${x+other}`, `${x:?error}`,
/// `${x?error}`, `${x#prefix}`, `${x##prefix}`, `${x%suffix}`, `${x%%suffix}`, `${x/pattern/text}` and
/// `${x//pattern/text}`. Words after the operators may hold variables again. Fails with `invalid`; the column
/// of the place, counted from 1 in `text`, is the error's column.
Result<Expansion> expand(std::string_view text, const WordRules& rules, const Lookup& lookup);

}  // namespace tierbuild::dockerfile
