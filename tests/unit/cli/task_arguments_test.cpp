#include "cli/task_arguments.hpp"

#include "cli/command_line.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::cli;
using project::TaskArg;
using project::TaskDecl;
using Kind = project::TaskWord::Kind;

namespace {

TaskDecl deploy() {
  TaskDecl task;
  task.name = "deploy";
  task.args = {{"service", "string", "what to deploy", std::nullopt, {}},
               {"port", "port", "", "8000", {}},
               {"mode", "string", "", "fast", {"fast", "safe"}},
               {"dry_run", "bool", "", std::nullopt, {}}};
  task.run = {{{Kind::text, "echo"}, {Kind::arg, "service"}, {Kind::argv, ""}}};
  return task;
}

Result<TaskValues> given(const TaskDecl& task, const std::vector<std::string>& arguments) {
  TaskValues values;
  std::vector<std::string> words;
  FlagSet flags;
  declare_task_arguments(flags, task, values);
  flags.words("", WordKind::none, 0, SIZE_MAX, words);
  flags.rest("ARGS", values.argv);
  TB_TRY(parse_command_line(flags, task.name, arguments, FakeEnvironment{}));
  TB_TRY(complete_task_values(task, words, values));
  return values;
}

}  // namespace

TEST_CASE("arguments are given by name, the rest has defaults") {
  auto values = given(deploy(), {"--service", "api", "--port=81"});
  REQUIRE_OK(values);
  CHECK(values->args == std::map<std::string, std::string>{
                            {"service", "api"}, {"port", "81"}, {"mode", "fast"}, {"dry_run", "false"}});
}

TEST_CASE("a word without a flag is for the one argument that must be given") {
  auto values = given(deploy(), {"--port", "81", "api", "--dry-run"});
  REQUIRE_OK(values);
  CHECK(values->args["service"] == "api");
  CHECK(values->args["dry_run"] == "true");
}

TEST_CASE("a word without a flag is for the only argument there is, but never for one of several") {
  TaskDecl task = deploy();
  task.args = {{"mode", "string", "", "fast", {}}};
  CHECK(given(task, {"safe"})->args["mode"] == "safe");
  task.args.push_back({"port", "port", "", "8000", {}});
  REQUIRE_CODE(given(task, {"safe"}), Code::invalid);
}

TEST_CASE("underscores and dashes name the same argument") {
  CHECK(given(deploy(), {"x", "--dry_run"})->args["dry_run"] == "true");
}

TEST_CASE("a missing argument is an error that shows the usage") {
  auto values = given(deploy(), {});
  REQUIRE_CODE(values, Code::invalid);
  CHECK(values.error().hint().find("deploy --service STRING") != std::string::npos);
}

TEST_CASE("types and choices are checked") {
  REQUIRE_CODE(given(deploy(), {"api", "--port", "0"}), Code::invalid);
  REQUIRE_CODE(given(deploy(), {"api", "--port", "http"}), Code::invalid);
  REQUIRE_CODE(given(deploy(), {"api", "--mode", "quick"}), Code::invalid);
}

TEST_CASE("a word too many is an error") {
  REQUIRE_CODE(given(deploy(), {"api", "more"}), Code::invalid);
}

TEST_CASE("commands are argv: no value is split again") {
  auto values = given(deploy(), {"a b", "--", "-k", "c d"});
  REQUIRE_OK(values);
  WordContext context{&*values, "", ""};
  CHECK(expand_words(deploy().run[0], context) == std::vector<std::string>{"echo", "a b", "-k", "c d"});
}

TEST_CASE("EACH and EACH.oci stand for the target of the round") {
  TaskValues values;
  WordContext context{&values, "api", "/tmp/api"};
  CHECK(expand_words({{Kind::each, ""}, {Kind::each_oci, ""}}, context) ==
        std::vector<std::string>{"api", "/tmp/api"});
}

TEST_CASE("the usage tells what must be given") {
  CHECK(task_usage(deploy()) ==
        "deploy --service STRING [--port PORT] [--mode fast|safe] [--dry-run] [-- …]");
}
