// Questions to whoever sits at the terminal.
#pragma once

#include <string>

#include "base/result.hpp"

namespace tierbuild::cli {

/// Whether standard input is a terminal.
bool can_ask();

enum class Echo { yes, no };
/// Writes the question to standard error and reads a line. `cancelled` for Ctrl-C and an end of input.
Result<std::string> ask(const std::string& question, Echo echo);

/// All of standard input without the line end at its end, for secrets that are piped in; at most 1 MiB.
Result<std::string> read_input();

}  // namespace tierbuild::cli
