// What COPY of a Dockerfile names: a path, or wildcards.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "fs/ignore_pattern.hpp"

namespace tierbuild::fs {

/// A path relative to the context, as it is written: `..` never leads out of it. `*`, `?` and brackets are
/// those of Go's filepath.Match, from the first component that has one; without one, backslashes are ordinary
/// characters. What matches is taken with all that is below it.
class ContextPattern {
 public:
  enum class Deep : uint8_t {
    no,   // `**` is `*`
    yes,  // as a component, it is any number of directories, as in a `.dockerignore`
  };
  /// Fails with `invalid` for a wildcard that makes no sense.
  static Result<ContextPattern> compile(std::string_view text, Deep deep);

  /// The components in front of the first wildcard; all of them if there is none.
  const std::string& prefix() const { return prefix_; }
  bool has_wildcards() const { return rest_.has_value(); }
  /// The same wildcards below another directory.
  ContextPattern below(std::string prefix) const;

  bool matches(std::string_view path) const;
  /// Whether something below this directory could match.
  bool may_match_below(std::string_view directory) const;
  const std::string& text() const { return text_; }

 private:
  /// The part of a path that is matched against the wildcards; nothing if it lies elsewhere.
  std::optional<std::string_view> below_prefix(std::string_view path) const;

  std::string text_, prefix_;
  std::optional<IgnorePattern> rest_;
};

}  // namespace tierbuild::fs
