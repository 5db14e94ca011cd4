// What a workspace needs its lock file for, on all of its platforms.
#pragma once

#include <filesystem>

#include "cli/session.hpp"
#include "project/lock.hpp"

namespace tierbuild::cli {

struct LockState {
  std::filesystem::path file;
  project::Lock lock;  // as it stands on disk
  project::LockUses uses;
  std::vector<project::RegistryDecl> registries;
};

/// Evaluates for this machine's platform, that of the options and every declared one. Errors are printed; the
/// result is the exit status.
int collect_lock_state(Program& program, const Options& options, LockState& state);

/// Prints what is missing in the lock file and what is unused, and returns the exit status.
int check_lock(Program& program, const Options& options);

}  // namespace tierbuild::cli
