// TB_CHECK: a condition that only a bug can break; stays on in release builds.
#pragma once

namespace tierbuild {
/// Prints the condition and its place to standard error and aborts.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}  // namespace tierbuild

#define TB_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::tierbuild::check_failed(#condition, __FILE__, __LINE__))
