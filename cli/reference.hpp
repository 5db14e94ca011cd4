// The reference documentation, made from the schemas of the language and the table of verbs.
#pragma once

#include <string>

namespace tierbuild::cli {

/// docs/reference.md: every declaration, value, method and type with its fields, the standard library, every
/// verb with its flags, and the exit statuses.
std::string reference_page();

}  // namespace tierbuild::cli
