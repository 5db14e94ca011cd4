// Version: order of versions and what satisfies a specifier (PEP 440).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "python/requirement.hpp"

namespace tierbuild::python {

struct Version {
  uint64_t epoch = 0;
  std::vector<uint64_t> release;                        // without trailing zeros
  std::optional<std::pair<std::string, uint64_t>> pre;  // "a", "b" or "rc"
  std::optional<uint64_t> post, dev;
  std::vector<std::variant<std::string, uint64_t>> local;

  bool operator==(const Version&) const = default;
  std::strong_ordering operator<=>(const Version& other) const;
};

/// Nothing if `text` is not a version.
std::optional<Version> parse_version(std::string_view text);

/// True if the version fulfils every clause. A clause that is not valid is fulfilled by an equal text only.
bool satisfies(std::string_view version, std::span<const Specifier> specifiers);
/// False only if no version can fulfil both lists: `==1.2` and `>=2`.
bool compatible(std::span<const Specifier> one, std::span<const Specifier> other);

}  // namespace tierbuild::python
