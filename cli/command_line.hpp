// Arguments and environment into the variables of a FlagSet.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "cli/flags.hpp"

namespace tierbuild::cli {

struct Parsed {
  bool help = false;  // -h or --help stood there; nothing was set
};

/// Sets what the environment says, then what the arguments say. Words that begin with a dash but cannot be
/// flags of this verb (`-discord`, `-tier:base`) are words if it takes selectors. `invalid` with a suggestion
/// for an unknown flag, a bad value, too few or too many words.
Result<Parsed> parse_command_line(const FlagSet& flags, const std::string& verb,
                                  const std::vector<std::string>& arguments, const Environment& environment);

}  // namespace tierbuild::cli
