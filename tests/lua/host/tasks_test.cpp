#include "lua/host/workspace.hpp"

using namespace tierbuild;
using namespace tierbuild::test;
using Word = project::TaskWord::Kind;

namespace {

class RecordingContext final : public bindings::TaskContext {
 public:
  int status = 0;
  std::vector<std::vector<std::string>> runs;
  std::vector<std::string> said;
  Result<int> run(const std::vector<std::string>& argv) override {
    runs.push_back(argv);
    return status;
  }
  std::string arg(const std::string& name) const override { return "<" + name + ">"; }
  void say(const std::string& line) override { said.push_back(line); }
};

}  // namespace

TEST_CASE("a task has commands with late words") {
  Workspace workspace(R"(
local tools = tier 'tools' { from = 'x:1' }
task 'fmt' { run = { 'fmt' } }
task 'test' { doc = 'Unit tests', args = { service = t.string:opt(), n = t.int:opt(3), mode = t.enum { 'a', 'b' } },
  needs = { 'fmt' }, image = tools, run = { { 'pytest', '{service}', ARGV }, { 'echo', 'x' } } }
task 'scan' { each = 'service', run = { 'trivy', EACH.oci, EACH } }
task 'up' { build = 'service:*', load = true, confirm = 'Sure?' }
)");
  const auto& tasks = workspace.project().tasks;
  REQUIRE(tasks.size() == 4);
  const auto& test = tasks[1];
  REQUIRE(test.needs == std::vector<std::string>{"fmt"});
  REQUIRE(test.image == "tier:tools");
  REQUIRE(test.run.size() == 2);
  REQUIRE(test.run[0][1].kind == Word::arg);
  REQUIRE(test.run[0][2].kind == Word::argv);
  REQUIRE(test.args.size() == 3);
  REQUIRE(test.args[0].name == "mode");
  REQUIRE(test.args[0].choices.size() == 2);
  REQUIRE_FALSE(test.args[0].fallback.has_value());
  REQUIRE(test.args[1].fallback == "3");
  REQUIRE(test.args[2].fallback == "");
  REQUIRE(tasks[2].run[0][1].kind == Word::each_oci);
  REQUIRE(tasks[2].run[0][2].kind == Word::each);
  REQUIRE(tasks[3].load);
}

TEST_CASE("a task's function runs with its context") {
  Workspace workspace(R"(
task 'go' { args = { who = t.string }, run = function(ctx)
  ctx.say('hello ' .. ctx.arg 'who')
  local status = ctx.run { 'false', check = false }
  ctx.say(tostring(status))
  ctx.run { 'make', 'it' }
end }
)");
  REQUIRE(workspace.project().tasks[0].has_function);
  RecordingContext context;
  REQUIRE_OK(workspace.evaluation->call_task("go", context));
  REQUIRE(context.said == std::vector<std::string>{"hello <who>", "0"});
  REQUIRE(context.runs.at(1) == std::vector<std::string>{"make", "it"});
}

TEST_CASE("a failing command ends the task at its line") {
  Workspace workspace("task 'go' { run = function(ctx)\n  ctx.run { 'make' }\n  ctx.say 'never'\nend }");
  workspace.project();
  RecordingContext context;
  context.status = 3;
  auto status = workspace.evaluation->call_task("go", context);
  REQUIRE_CODE(status, Code::failed);
  REQUIRE(status.error().where().str() == "Buildfile.lua:2:3");
  REQUIRE(context.said.empty());
}

TEST_CASE("a task cannot declare") {
  Workspace workspace("task 'go' { run = function(ctx)\n  service 'late' { from = 'x:1' }\nend }");
  workspace.project();
  RecordingContext context;
  auto status = workspace.evaluation->call_task("go", context);
  REQUIRE_CODE(status, Code::invalid);
  REQUIRE(status.error().id() == "E039");
}
