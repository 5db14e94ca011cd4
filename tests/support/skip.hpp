// What a test cannot check on this host: said aloud, and the whole program then counts as skipped.
#pragma once

#include <string>

namespace tierbuild::test {

/// Prints the reason. A run in which nothing failed ends with CTest's status for "skipped".
void skip(const std::string& reason);

}  // namespace tierbuild::test
