// One pattern of a selection, in either language.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "fs/context_pattern.hpp"
#include "fs/glob.hpp"

namespace tierbuild::fs {

class Include {
 public:
  static Include glob(Glob pattern) { return Include(std::move(pattern), Must::match); }
  static Include context(ContextPattern pattern);
  /// A path of a context that symlinks led to.
  static Include followed(std::string path);

  bool matches(std::string_view path) const;
  bool may_match_below(std::string_view directory) const;
  /// Whether a directory that matches is taken with all that is below it.
  bool takes_all_below() const;
  /// Whether it takes this path because of itself or of a directory above.
  bool takes(std::string_view path) const;
  /// The leading components that what matches has.
  const std::string& literal_prefix() const;
  /// The root with all that is in it.
  bool names_root() const;
  /// Whether it is an error if it matches nothing.
  bool must_match() const { return must_ == Must::match; }
  const std::string& text() const;

  bool used = false;  // in a scan: it matched

 private:
  enum class Must : uint8_t { match, nothing };
  Include(std::variant<Glob, ContextPattern> pattern, Must must)
      : pattern_(std::move(pattern)), must_(must) {}
  bool has_wildcards() const;

  std::variant<Glob, ContextPattern> pattern_;
  Must must_;
};

}  // namespace tierbuild::fs
