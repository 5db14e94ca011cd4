// Lua patterns with a bound on the work of one match: the ones in Lua itself can run for hours on a short
// text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::bindings {

struct PatternCapture {
  size_t begin = 0, end = 0;
  bool position = false;  // `()`: its value is the place, not a text
};

struct PatternMatch {
  size_t begin = 0, end = 0;
  std::vector<PatternCapture> captures;
};

class LuaPattern {
 public:
  /// The pattern and the work that all its matches together may do.
  LuaPattern(std::string_view pattern, uint64_t budget) : pattern_(pattern), budget_(budget) {}

  /// The first match at or after `from`; nothing if there is none. Fails for a malformed pattern or one that
  /// takes too long.
  Result<std::optional<PatternMatch>> find(std::string_view text, size_t from);
  uint64_t work() const { return work_; }

 private:
  std::string_view pattern_;
  uint64_t budget_;
  uint64_t work_ = 0;
};

}  // namespace tierbuild::bindings
