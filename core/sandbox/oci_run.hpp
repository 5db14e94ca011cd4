// Starts a bundle with an OCI runtime and waits for its container.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "sandbox/cgroups.hpp"
#include "sandbox/step_spec.hpp"

namespace tierbuild::sandbox {

struct Bundle {
  std::string runtime;    // its path
  std::string directory;  // holds config.json; the runtime's state, log and pid file are written beside it
  std::string id;
  std::string command;      // argv[0], for the error message if it does not exist
  std::string search_path;  // the PATH it was searched in
  std::optional<ProbeSpec> probe = {};
};

/// How a container ended.
struct ContainerExit {
  bool started = true;  // false: the image does not have the command, or it cannot be executed
  int code = 0;         // 128 + signal if it was killed
  std::string error;    // what the runtime had to say of it
  std::optional<ProbeReport> probe = {};
};

/// Runs the container to its end; its standard output and error are the caller's. The caller is the init
/// process of a pid namespace and inherits the container's process. Fails with `host_lacks` if the runtime
/// cannot start it.
Result<ContainerExit> run_bundle(const Bundle& bundle, const Cgroups& cgroups);

/// The program and the options with which every command of the runtime starts; it logs to this file as JSON.
std::vector<std::string> runtime_command(const Bundle& bundle, const Cgroups& cgroups,
                                         const std::string& log);
/// Starts the runtime. With `output`, that file takes its standard output and error, and those of what it
/// starts.
Result<pid_t> start_runtime(std::vector<std::string> argv, const std::string& output = {});

/// Sends a signal to the command of the container that run_bundle waits for, at its start if it does not run
/// yet. For signal handlers.
void signal_container(int signal);

/// The runtime's last error in its JSON log, or nothing.
std::string last_error(const std::string& log);

}  // namespace tierbuild::sandbox
