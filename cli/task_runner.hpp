// TaskRunner: runs a task of the Buildfile and what it needs.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/build_flow.hpp"
#include "cli/session.hpp"
#include "cli/task_arguments.hpp"

namespace tierbuild::cli {

struct TaskOptions {
  bool yes = false;      // answers every `confirm`
  bool dry_run = false;  // prints what would be done
};

class TaskRunner {
 public:
  /// The session has evaluated.
  TaskRunner(Session& session, TaskOptions options) : session_(session), options_(options) {}

  /// Runs the tasks that `task` needs, each once, then the task. The first command that fails ends all.
  /// Returns the exit status.
  int run(const project::TaskDecl& task, const TaskValues& values);

  /// One command of a task, on the host or in the task's image.
  Result<int> command(const project::TaskDecl& task, const std::vector<std::string>& argv);

 private:
  struct Built {
    std::string name;  // without the kind
    image::Descriptor manifest;
    std::vector<std::string> tags;
  };

  Status collect(const project::TaskDecl& task, std::vector<const project::TaskDecl*>& chain) const;
  int confirm(const std::vector<const project::TaskDecl*>& chain) const;
  int run_one(const project::TaskDecl& task, const TaskValues& values);
  int build_first(const project::TaskDecl& task);
  int build(const BuildRequest& request, std::vector<Built>& built);
  int run_commands(const project::TaskDecl& task, const WordContext& context);
  int run_for_each(const project::TaskDecl& task, WordContext context);

  Session& session_;
  TaskOptions options_;
  image::Descriptor image_;  // of the task that is running
};

}  // namespace tierbuild::cli
