#include "cli/task_verb.hpp"

#include "base/strings.hpp"
#include "cli/command_line.hpp"
#include "cli/exit_status.hpp"
#include "cli/help.hpp"
#include "cli/session.hpp"
#include "cli/task_runner.hpp"
#include "cli/verb.hpp"

namespace tierbuild::cli {
namespace {

Error unknown_word(const std::string& name, const std::vector<std::string>& tasks) {
  std::vector<std::string> known = verb_names();
  known.insert(known.end(), tasks.begin(), tasks.end());
  auto near = suggest(name, known);
  return Error::make(Code::invalid, "there is no verb{} '{}'{}", tasks.empty() ? "" : " or task", name,
                     near ? fmt::format(" (did you mean '{}'?)", *near) : "")
      .hint(tasks.empty() ? "`tierbuild --help` lists the verbs"
                          : "`tierbuild --help` lists the verbs, `tierbuild tasks` the tasks");
}

std::string help_of_task(const project::TaskDecl& task, const FlagSet& flags, const Terminal& terminal) {
  std::string out = task.doc.empty() ? std::string() : printable(task.doc) + "\n\n";
  out += fmt::format("{} tierbuild {}\n\n{}\n{}", terminal.paint(Colour::bold, "Usage:"), task_usage(task),
                     terminal.paint(Colour::bold, "Flags"), flag_table(flags));
  if (task.where.known()) out += fmt::format("\nDeclared in {}\n", task.where.str());
  return out;
}

}  // namespace

int run_task_by_name(Program& program, const std::string& name, const std::vector<std::string>& before,
                     const std::vector<std::string>& after) {
  Options options;
  FlagSet leading;
  options.declare_project(leading);
  options.declare_store(leading);
  options.declare_display(leading);
  auto parsed = parse_command_line(leading, name, before, program.environment());
  if (!parsed) return program.fail(parsed.error());
  if (options.file.empty() && !bindings::find_buildfile(program.current_directory(), ""))
    return program.fail(unknown_word(name, {}));

  Session session(program, options);
  if (int status = session.evaluate(); status != kDone) return status;
  const project::TaskDecl* task = session.project().find_task(name);
  if (task == nullptr) {
    std::vector<std::string> names;
    for (const project::TaskDecl& declared : session.project().tasks) names.push_back(declared.name);
    return program.fail(unknown_word(name, names));
  }

  TaskValues values;
  TaskOptions task_options;
  std::vector<std::string> words;
  FlagSet flags;
  declare_task_arguments(flags, *task, values);
  flags.toggle("-n,--dry-run", "print the commands and run nothing", task_options.dry_run);
  flags.toggle("-y,--yes", "answer yes to what the task asks", task_options.yes);
  options.declare_build(flags);
  options.declare_store(flags);
  flags.words("", WordKind::none, 0, SIZE_MAX, words);
  flags.rest("ARGS", values.argv);
  parsed = parse_command_line(flags, name, after, program.environment());
  if (!parsed) return program.fail(parsed.error());
  if (parsed->help) {
    program.out().write(help_of_task(*task, flags, program.out()));
    return kDone;
  }
  if (auto complete = complete_task_values(*task, words, values); !complete)
    return program.fail(complete.error());
  return TaskRunner(session, task_options).run(*task, values);
}

}  // namespace tierbuild::cli
