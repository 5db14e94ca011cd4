// Glob patterns over '/'-separated relative paths.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::fs {

/// `*` and `?` never match '/'; `**` as a whole component matches any number of components, none included;
/// `[a-z]`, `[!a]` and `\x` as in glob(7); `{a,b}` alternatives. Matching is on bytes and case-sensitive, and
/// a leading dot is nothing special.
class Glob {
 public:
  /// Fails with `invalid` and the column for an unclosed bracket or brace, a `..` component or an absolute
  /// path.
  static Result<Glob> compile(std::string_view pattern);
  bool matches(std::string_view path) const;
  /// True if something below the directory `path` could match: lets a scan skip the rest.
  bool may_match_below(std::string_view path) const;
  /// The leading components without any wildcard: `src/a` of `src/a/*.py`.
  const std::string& literal_prefix() const { return prefix_; }
  /// True if there is no wildcard at all: literal_prefix() is the only path that matches.
  bool is_literal() const { return literal_; }
  const std::string& text() const { return text_; }

  enum class Kind : uint8_t { literal, pattern, deep };  // deep: `**`
  struct Component {
    Kind kind;
    std::string text;  // of a literal: without escapes
  };

 private:
  std::string text_;
  std::string prefix_;
  bool literal_ = false;
  std::vector<std::vector<Component>> alternatives_;  // brace-expanded, each split into components
};

}  // namespace tierbuild::fs
