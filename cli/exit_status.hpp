// The exit statuses of the program; scripts rely on them.
#pragma once

#include <array>
#include <utility>

#include "base/error.hpp"

namespace tierbuild::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;         // a build or a task failed
inline constexpr int kInvalid = 2;        // the Buildfile or the command line is wrong
inline constexpr int kLint = 3;           // lint found errors
inline constexpr int kHostLacks = 4;      // the host lacks something
inline constexpr int kInterrupted = 130;  // Ctrl-C or SIGTERM

inline constexpr std::array<std::pair<int, const char*>, 6> kExitStatuses{{
    {kDone, "done"},
    {kFailed, "a build or a task failed"},
    {kInvalid, "the Buildfile or the command line is wrong"},
    {kLint, "lint found errors"},
    {kHostLacks, "the host lacks something"},
    {kInterrupted, "interrupted"},
}};

/// The status that the program ends with because of an error of this code.
constexpr int exit_status(Code code) {
  switch (code) {
    case Code::invalid:
      return kInvalid;
    case Code::host_lacks:
      return kHostLacks;
    case Code::cancelled:
      return kInterrupted;
    default:
      return kFailed;
  }
}

}  // namespace tierbuild::cli
