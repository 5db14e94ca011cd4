// Errors as people and programs read them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "cli/terminal.hpp"

namespace tierbuild::cli {

enum class Severity { error, warning };

/// The text of a file, or nothing; the printer shows the line that an error points at.
using SourceReader = std::function<std::optional<std::string>(const std::string& file)>;

/// `error[E012]: message`, the place with its source line underlined, a note per frame, the hint. `base` is
/// the directory that file names are shown relative to. Ends with a line end.
std::string format_error(const Error& error, Severity severity, const Terminal& terminal,
                         const std::string& base, const SourceReader& read);

/// The same facts as one line of JSON.
std::string error_json(const Error& error, Severity severity);

/// The token that starts at a column (from 1) of a line: a name, a number, a quoted text or one character.
std::string_view token_at(std::string_view line, int column);

/// `file` relative to `base` if it lies below it.
std::string relative_name(const std::string& file, const std::string& base);

/// Reads from disk, up to 4 MiB.
std::optional<std::string> read_source(const std::string& file);

}  // namespace tierbuild::cli
