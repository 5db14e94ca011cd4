// The arguments of a task: what its declaration makes of the words on the command line.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/flags.hpp"
#include "project/project.hpp"

namespace tierbuild::cli {

struct TaskValues {
  std::map<std::string, std::string> args;  // by name, defaults filled in
  std::vector<std::string> argv;            // what stood after `--`
};

/// Declares one `--name` per argument of the task; the flags write into `values`.
void declare_task_arguments(FlagSet& flags, const project::TaskDecl& task, TaskValues& values);

/// Gives a word without a dash to the only required argument, else to the only one, fills in defaults and
/// checks types and choices. `invalid` for a missing argument, a wrong value or a word too many.
Status complete_task_values(const project::TaskDecl& task, const std::vector<std::string>& words,
                            TaskValues& values);

/// `deploy --service STRING [--port INT]`.
std::string task_usage(const project::TaskDecl& task);

/// What a command's words refer to.
struct WordContext {
  const TaskValues* values = nullptr;
  std::string each, each_oci;
};
/// The argv of a command.
std::vector<std::string> expand_words(const std::vector<project::TaskWord>& words,
                                      const WordContext& context);
bool uses(const project::TaskDecl& task, project::TaskWord::Kind kind);

}  // namespace tierbuild::cli
