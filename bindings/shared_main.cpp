// A shared library needs a source of its own; all of its code comes from the floors below.
#include "tierbuild/host.hpp"
