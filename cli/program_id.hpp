// The identity of this program's code.
#pragma once

#include <string>

namespace tierbuild::cli {

/// The build id that the linker wrote into the program, in hex: other code has another one. Empty without
/// one.
std::string program_id();

}  // namespace tierbuild::cli
