// `tierbuild TASK`: a task of the Buildfile in the place of a verb.
#pragma once

#include <string>
#include <vector>

#include "cli/program.hpp"

namespace tierbuild::cli {

/// Runs the task of this name; `before` and `after` are the arguments around it. If there is no such task,
/// the error names the verbs and tasks that are near. Returns the exit status.
int run_task_by_name(Program& program, const std::string& name, const std::vector<std::string>& before,
                     const std::vector<std::string>& after);

}  // namespace tierbuild::cli
