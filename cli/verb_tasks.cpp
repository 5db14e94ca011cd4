// `tierbuild tasks`.
#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "cli/exit_status.hpp"
#include "cli/session.hpp"
#include "cli/task_arguments.hpp"
#include "cli/verb.hpp"

namespace tierbuild::cli {
namespace {

std::string as_json(const project::Project& project) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const project::TaskDecl& task : project.tasks) {
    nlohmann::ordered_json args = nlohmann::ordered_json::array();
    for (const project::TaskArg& arg : task.args) {
      nlohmann::ordered_json json{
          {"name", arg.name}, {"type", arg.type}, {"doc", arg.doc}, {"required", !arg.fallback}};
      if (arg.fallback) json["default"] = *arg.fallback;
      if (!arg.choices.empty()) json["choices"] = arg.choices;
      args.push_back(std::move(json));
    }
    list.push_back({{"name", task.name},
                    {"doc", task.doc},
                    {"args", args},
                    {"needs", task.needs},
                    {"where", task.where.str()}});
  }
  return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

class TasksVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.toggle("--json", "as JSON", json_);
    options_.declare_project(flags);
  }

  int run(Program& program) override {
    Session session(program, options_);
    if (int status = session.evaluate(); status != kDone) return status;
    const project::Project& project = session.project();
    if (json_) {
      program.out().write(as_json(project));
      return kDone;
    }
    size_t widest = 0;
    for (const project::TaskDecl& task : project.tasks) widest = std::max(widest, task_usage(task).size());
    for (const project::TaskDecl& task : project.tasks) {
      std::string line = fmt::format("{:{}}  {}", task_usage(task), widest, printable(task.doc));
      program.out().write(std::string(line.substr(0, line.find_last_not_of(' ') + 1)) + "\n");
    }
    if (project.tasks.empty()) program.err().write("the Buildfile declares no tasks\n");
    return kDone;
  }

 private:
  Options options_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_tasks() {
  return std::make_unique<TasksVerb>();
}

}  // namespace tierbuild::cli
