// Git's racy rule: whether an equal stat will mean equal content.
#pragma once

#include <ctime>

#include "fs/lstat.hpp"

namespace tierbuild::fs {

/// Nanoseconds since 1970, by the clock that files are stamped with.
inline int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return nanoseconds(now);
}

/// True if an edit after `moment` cannot give a file this time. The kernel stamps with a clock that ticks
/// every few milliseconds; a time of whole seconds may come from a file system that keeps no fractions.
inline bool is_settled(int64_t time, int64_t moment) {
  constexpr int64_t kMillisecond = 1'000'000, kSecond = 1000 * kMillisecond;
  int64_t margin = time % kSecond == 0 ? 2 * kSecond : 0;
  return time < moment - margin - 20 * kMillisecond;
}

/// True if what was read at `moment` from a file or directory of this stat is what is there as long as the
/// stat stays.
inline bool is_settled(const FileStat& stat, int64_t moment) {
  return is_settled(stat.mtime_ns, moment) && is_settled(stat.ctime_ns, moment);
}

}  // namespace tierbuild::fs
