// Runs a program of the host and collects what it prints; blocking.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tierbuild {

struct Command {
  std::vector<std::string> argv;       // argv[0] is searched in PATH
  std::vector<std::string> extra_env;  // "NAME=value", added to this process's environment
  std::string cwd;                     // empty: the current directory
  std::string input;                   // given on standard input
};

struct Completed {
  int exit_code = 0;  // 128 + signal if it was killed
  std::string out;
  std::string err;
};

/// Runs the command to its end. Fails with `host_lacks` if the program does not exist, `cancelled` if stopped
/// (the program is killed). A non-zero exit is not an error here.
Result<Completed> run_command(const Command& command, std::stop_token stop = {});

/// The path of a program in PATH, or nothing.
std::string find_program(const std::string& name);

}  // namespace tierbuild
