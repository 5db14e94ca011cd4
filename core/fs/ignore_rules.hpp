// Ignore files, as Docker reads `.dockerignore`.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "fs/ignore_pattern.hpp"

namespace tierbuild::fs {

/// Ordered rules: the last one that matches wins, and `!` re-includes.
class IgnoreRules {
 public:
  /// The lines of a `.dockerignore`-style text; comments (`#`) and blanks are skipped. A pattern matches a
  /// path or any parent of it, relative to the directory that holds the file; a '/' at either end changes
  /// nothing and braces are ordinary characters. Fails with `invalid` and the line.
  static Result<IgnoreRules> parse(std::string_view text);
  bool ignores(std::string_view path) const;
  /// True if a `!` rule could re-include something below an ignored directory.
  bool may_reinclude_below(std::string_view path) const;
  bool empty() const { return rules_.empty(); }

 private:
  struct Rule {
    IgnorePattern pattern;
    bool negated;
  };
  std::vector<Rule> rules_;
};

}  // namespace tierbuild::fs
