// Help texts, made from the table of verbs and the flags they declare.
#pragma once

#include <string>

#include "cli/flags.hpp"
#include "cli/terminal.hpp"
#include "cli/verb.hpp"

namespace tierbuild::cli {

/// All verbs in groups, in one screen.
std::string overview(const Terminal& terminal);
/// Usage, words, flags, examples and exit statuses of a verb.
std::string help_of(const VerbEntry& entry, const Terminal& terminal);
/// `tierbuild build [FLAGS] [SEL…]`.
std::string usage_of(const VerbEntry& entry, const FlagSet& flags);
/// The aligned list of flags.
std::string flag_table(const FlagSet& flags);
/// `tierbuild 0.1.0`.
std::string version_line();

}  // namespace tierbuild::cli
