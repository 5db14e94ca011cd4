// The signals of STOPSIGNAL.
#pragma once

#include <string_view>

namespace tierbuild::dockerfile {

/// `SIGTERM`, `term`, `15`, `SIGRTMIN+3`: what Docker takes for a signal of Linux.
bool is_signal(std::string_view text);

}  // namespace tierbuild::dockerfile
