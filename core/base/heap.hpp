// The heap of this process, as far as its speed depends on how it grows.
#pragma once

#include <cstddef>

namespace tierbuild {

/// Makes room for about so many bytes of small values that the calling thread, the first of the process, is
/// about to make. The kernel is asked for large pages, which cost one fault for each 2 MiB instead of each 4
/// KiB; none is taken before it is used. Does nothing for what is smaller than such a page.
void expect_memory(size_t bytes);

}  // namespace tierbuild
