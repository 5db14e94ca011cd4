// Small text functions that the standard library lacks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tierbuild {

/// The parts of `text` between separators; never empty (`""` gives one empty part).
std::vector<std::string_view> split(std::string_view text, char separator);
/// The text without leading and trailing blanks, tabs and line ends.
std::string_view trim(std::string_view text);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string lower(std::string_view text);

/// The candidate nearest to `word` by edits (insert, delete, replace, swap), if it is near enough to be a
/// typo.
std::optional<std::string> suggest(std::string_view word, std::span<const std::string> candidates);

/// `1.5 MB`: decimal units, as registries and docker print them.
std::string human_bytes(uint64_t bytes);
/// `850 ms`, `2.1 s`, `3 m 04 s`.
std::string human_duration(int64_t milliseconds);
/// Bytes of `512`, `200MB`, `1.5GiB`, `64k`; decimal units without the `i`, binary with it. Nothing if
/// malformed.
std::optional<uint64_t> parse_bytes(std::string_view text);
/// Milliseconds of `30s`, `1m30s`, `250ms`, `2h`. Nothing if malformed.
std::optional<int64_t> parse_duration(std::string_view text);

/// `text` as one word of a POSIX shell, quoted only if it must be.
std::string shell_quote(std::string_view text);
/// Control characters (but newline and tab) replaced by visible escapes, so that foreign text cannot drive a
/// terminal.
std::string printable(std::string_view text);

}  // namespace tierbuild
