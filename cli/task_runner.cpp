#include "cli/task_runner.hpp"

#include <unistd.h>

#include <iostream>

#include "base/strings.hpp"
#include "build/run_image.hpp"
#include "cli/exit_status.hpp"
#include "cli/foreground.hpp"
#include "fs/file.hpp"
#include "project/selector.hpp"
#include "store/transfer.hpp"

namespace tierbuild::cli {
namespace {

std::string as_line(const std::vector<std::string>& argv) {
  std::vector<std::string> quoted;
  for (const std::string& word : argv) quoted.push_back(shell_quote(word));
  return join(quoted, " ");
}

// A build of images whose files are needed here.
BuildRequest layers_of(std::vector<std::string> selectors) {
  BuildRequest request;
  request.selectors = std::move(selectors);
  request.run = true;
  return request;
}

// What a task's Lua function can do.
class FunctionContext final : public bindings::TaskContext {
 public:
  FunctionContext(TaskRunner& runner, const Program& program, const project::TaskDecl& task,
                  const TaskValues& values)
      : runner_(runner), program_(program), task_(task), values_(values) {}

  Result<int> run(const std::vector<std::string>& argv) override { return runner_.command(task_, argv); }
  std::string arg(const std::string& name) const override {
    auto found = values_.args.find(name);
    return found == values_.args.end() ? "" : found->second;
  }
  void say(const std::string& line) override { program_.out().write(line + "\n"); }

 private:
  TaskRunner& runner_;
  const Program& program_;
  const project::TaskDecl& task_;
  const TaskValues& values_;
};

}  // namespace

int TaskRunner::run(const project::TaskDecl& task, const TaskValues& values) {
  Program& program = session_.program();
  std::vector<const project::TaskDecl*> chain;
  if (auto collected = collect(task, chain); !collected) return program.fail(collected.error());
  if (int status = confirm(chain); status != kDone) return status;
  for (const project::TaskDecl* each : chain) {
    TaskValues own;
    if (each == &task)
      own = values;
    else if (auto complete = complete_task_values(*each, {}, own); !complete)
      return program.fail(Error(complete.error()).with("needed by task '{}'", task.name));
    if (int status = run_one(*each, own); status != kDone) return status;
  }
  return kDone;
}

// Depth first; cycles were refused by check_project.
Status TaskRunner::collect(const project::TaskDecl& task,
                           std::vector<const project::TaskDecl*>& chain) const {
  if (std::find(chain.begin(), chain.end(), &task) != chain.end()) return {};
  for (const std::string& name : task.needs) {
    const project::TaskDecl* need = session_.project().find_task(name);
    if (need == nullptr)
      return Error::make(Code::invalid, "task '{}' needs '{}', which is no task", task.name, name)
          .at(task.where);
    TB_TRY(collect(*need, chain));
  }
  chain.push_back(&task);
  return {};
}

int TaskRunner::confirm(const std::vector<const project::TaskDecl*>& chain) const {
  if (options_.yes || options_.dry_run) return kDone;
  Program& program = session_.program();
  for (const project::TaskDecl* task : chain) {
    if (task->confirm.empty()) continue;
    if (::isatty(STDIN_FILENO) != 1)
      return program.fail(Error::make(Code::invalid, "task '{}' asks '{}', but nobody can answer here",
                                      task->name, task->confirm)
                              .at(task->where)
                              .hint("--yes answers yes"));
    program.err().write(fmt::format("{} [y/N] ", printable(task->confirm)));
    std::string answer;
    std::getline(std::cin, answer);
    answer = lower(trim(answer));
    if (answer != "y" && answer != "yes") {
      program.err().write("not confirmed: nothing was done\n");
      return kFailed;
    }
  }
  return kDone;
}

int TaskRunner::run_one(const project::TaskDecl& task, const TaskValues& values) {
  if (int status = build_first(task); status != kDone) return status;
  WordContext context;
  context.values = &values;
  if (task.has_function) {
    Program& program = session_.program();
    if (options_.dry_run) {
      program.out().write(fmt::format("the function of task '{}'\n", task.name));
      return kDone;
    }
    FunctionContext function(*this, program, task, values);
    if (auto called = session_.evaluation().call_task(task.name, function); !called)
      return program.interrupt().requested() ? kInterrupted : program.fail(called.error());
    return kDone;
  }
  return task.each.empty() ? run_commands(task, context) : run_for_each(task, context);
}

int TaskRunner::build_first(const project::TaskDecl& task) {
  std::vector<Built> built;
  if (!task.build.empty() || task.push || task.load) {
    const std::vector<std::string>& selectors = task.build.empty() ? task.each : task.build;
    BuildRequest request;
    request.selectors = selectors;
    request.push = task.push;
    request.load = task.load;
    if (int status = build(request, built); status != kDone) return status;
  }
  if (task.image.empty()) return kDone;
  built.clear();
  if (int status = build(layers_of({task.image}), built); status != kDone) return status;
  if (options_.dry_run) return kDone;
  if (built.size() != 1)
    return session_.program().fail(Error::make(Code::invalid,
                                               "the image '{}' of task '{}' selects {} targets", task.image,
                                               task.name, built.size())
                                       .at(task.where));
  image_ = built.front().manifest;
  return kDone;
}

int TaskRunner::build(const BuildRequest& request, std::vector<Built>& built) {
  if (options_.dry_run) {
    session_.program().out().write(fmt::format("tierbuild build{}{} {}\n", request.push ? " --push" : "",
                                               request.load ? " --load" : "", as_line(request.selectors)));
    return kDone;
  }
  if (int status = session_.lower(request.platforms(session_.options())); status != kDone) return status;
  BuildOutcome outcome = build_and_publish(session_, request);
  for (const build::TargetResult& result : outcome.report.targets)
    built.push_back({session_.graph()[result.target].name, result.manifest, result.tags});
  return outcome.status;
}

int TaskRunner::run_for_each(const project::TaskDecl& task, WordContext context) {
  Program& program = session_.program();
  if (int status = session_.lower(); status != kDone) return status;
  auto selected = project::select(session_.project(), session_.graph(), task.each);
  if (!selected) return program.fail(Error(selected.error()).at(task.where));
  std::vector<Built> targets;
  bool wants_files = uses(task, project::TaskWord::Kind::each_oci);
  if (wants_files)
    if (int status = build(layers_of(task.each), targets); status != kDone) return status;
  if (!wants_files || options_.dry_run)
    for (graph::TargetId id : *selected) targets.push_back({session_.graph()[id].name, {}, {}});

  for (const Built& target : targets) {
    context.each = target.name;
    std::optional<fs::TempDir> temp;
    if (wants_files && options_.dry_run) {
      context.each_oci = target.name + ".oci";
    } else if (wants_files) {
      auto made = fs::TempDir::make(std::filesystem::temp_directory_path(), "tierbuild-task");
      if (!made) return program.fail(made.error());
      temp = std::move(made).value();
      context.each_oci = (temp->path() / target.name).string();
      auto store = session_.store();
      if (!store) return program.fail(store.error());
      auto written = store::export_images(**store, {{target.manifest, target.tags}}, store::OutputFormat::oci,
                                          context.each_oci + "/");
      if (!written) return program.fail(written.error());
    }
    if (int status = run_commands(task, context); status != kDone) return status;
  }
  return kDone;
}

int TaskRunner::run_commands(const project::TaskDecl& task, const WordContext& context) {
  Program& program = session_.program();
  for (const auto& words : task.run) {
    std::vector<std::string> argv = expand_words(words, context);
    if (options_.dry_run) {
      program.out().write(as_line(argv) + "\n");
      continue;
    }
    auto status = command(task, argv);
    if (program.interrupt().requested()) return kInterrupted;
    if (!status) {
      Error error = status.error();
      if (!error.where().known()) error = std::move(error).at(task.where);
      return program.fail(std::move(error).with("in task '{}'", task.name));
    }
    if (*status != 0)
      return program.fail(Error::make(Code::failed, "task '{}' failed: `{}` ended with exit status {}",
                                      task.name, as_line(argv), *status)
                              .at(task.where));
  }
  return kDone;
}

Result<int> TaskRunner::command(const project::TaskDecl& task, const std::vector<std::string>& argv) {
  std::stop_token stop = session_.program().interrupt().token();
  if (argv.empty()) return Error(Code::invalid, "the command is empty");
  if (task.image.empty()) return run_foreground(argv, task.env, task.dir, stop);
  TB_LET(store::Store * store, session_.store());
  build::RunImageOptions options;
  options.entrypoint = argv[0];
  options.replace_entrypoint = true;
  options.argv.assign(argv.begin() + 1, argv.end());
  options.env = task.env;
  const std::string& root = session_.project().workspace.root;
  options.binds.emplace_back(root, root);
  options.workdir = task.dir.empty() ? root : task.dir;
  options.runtime = session_.runtime();
  return build::run_image(*store, image_, options, stop);
}

}  // namespace tierbuild::cli
