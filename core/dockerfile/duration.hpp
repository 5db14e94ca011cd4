// Numbers with units, as Docker's flags have them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tierbuild::dockerfile {

/// Nanoseconds of `1h2m3.5s`, `250ms`, `-1.5us`, `0`. Nothing if malformed or too large.
std::optional<int64_t> go_duration(std::string_view text);
/// Bytes of `64m`, `1.5 GiB`, `100`: units are always binary. Nothing if malformed or too large.
std::optional<uint64_t> go_bytes(std::string_view text);
/// `1`, `t`, `true`, `0`, `f`, `false` and their capitals.
std::optional<bool> go_bool(std::string_view text);

}  // namespace tierbuild::dockerfile
