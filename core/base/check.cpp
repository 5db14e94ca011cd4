#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace tierbuild {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "tierbuild: bug: check '%s' failed at %s:%d; please report it\n", condition, file,
               line);
  std::abort();
}

}  // namespace tierbuild
