// Every case in tests/lua/cases: a Buildfile, and the errors that its author sees. With TIERBUILD_ACCEPT=1 in
// the environment the expected texts are written anew.
#include <cstdlib>
#include <set>

#include "base/strings.hpp"
#include "bindings/faults.hpp"
#include "lua/host/workspace.hpp"
#include "project/lower.hpp"

using namespace tierbuild;
using namespace tierbuild::test;
namespace stdfs = std::filesystem;

namespace {

stdfs::path cases() {
  return stdfs::path(TB_TESTS) / "lua/cases";
}

std::string slurp(const stdfs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A command that always fails, for tasks that are functions.
class FailingTask final : public bindings::TaskContext {
 public:
  Result<int> run(const std::vector<std::string>&) override { return 1; }
  std::string arg(const std::string&) const override { return {}; }
  void say(const std::string&) override {}
};

// The Buildfile, and below it marks on lines of their own: `--- FILE name` begins another file, `--- ARG k=v`
// is given on the command line, `--- TASK name` calls the function of a task, `--- INTERRUPTED` is Ctrl-C.
std::string arrange(Workspace& workspace, const std::string& text) {
  std::string name = "Buildfile.lua", content, task;
  auto value_of = [](std::string_view line, std::string_view mark) {
    return std::string(line.substr(mark.size()));
  };
  for (std::string_view line : split(text, '\n')) {
    if (line.starts_with("--- FILE ")) {
      workspace.file(name, std::exchange(content, {}));
      name = value_of(line, "--- FILE ");
    } else if (line.starts_with("--- ARG ")) {
      std::string pair = value_of(line, "--- ARG ");
      workspace.options.args[pair.substr(0, pair.find('='))] = pair.substr(pair.find('=') + 1);
    } else if (line.starts_with("--- TASK ")) {
      task = value_of(line, "--- TASK ");
    } else if (line == "--- INTERRUPTED") {
      workspace.options.interrupted = [polls = 0]() mutable { return ++polls > 1000; };
    } else {
      (content += line) += '\n';
    }
  }
  content.pop_back();  // what follows the last line end is no line
  workspace.file(name, content);
  return task;
}

// What only the whole shows is found when the names are linked.
void link(Workspace& workspace) {
  const project::Project& project = workspace.evaluation->project();
  workspace.failure.errors = project::check_project(project);
  if (workspace.failure.errors.empty())
    workspace.failure.errors = project::lower(project, workspace.options.platform).errors;
}

}  // namespace

TEST_CASE("errors are told as the golden texts say") {
  std::vector<stdfs::path> files;
  for (const auto& entry : stdfs::directory_iterator(cases()))
    if (entry.path().extension() == ".lua") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() > 20);
  bool accept = std::getenv("TIERBUILD_ACCEPT") != nullptr;
  for (const stdfs::path& file : files) {
    Workspace workspace;
    std::string task = arrange(workspace, slurp(file));
    workspace.options.instructions = 5'000'000;
    workspace.options.memory = 64 << 20;
    workspace.run();
    if (workspace.evaluation) link(workspace);
    if (workspace.evaluation && !task.empty()) {
      FailingTask context;
      Status called = workspace.evaluation->call_task(task, context);
      if (!called) workspace.failure.errors = {called.error()};
    }
    std::string seen = workspace.failure.errors.empty() ? "no errors\n" : workspace.rendered();
    stdfs::path expected = stdfs::path(file).replace_extension(".txt");
    if (accept) std::ofstream(expected, std::ios::binary) << seen;
    INFO(file.filename().string());
    CHECK(seen == slurp(expected));
  }
}

TEST_CASE("every error number has a golden text") {
  std::set<std::string> shown;
  for (const auto& entry : stdfs::directory_iterator(cases())) {
    std::string text = entry.path().extension() == ".txt" ? slurp(entry.path()) : "";
    for (size_t at = text.find("error[E"); at != std::string::npos; at = text.find("error[E", at + 1))
      shown.insert(text.substr(at + 6, 4));
  }
  for (bindings::Fault fault : bindings::all_faults()) {
    INFO(bindings::number_of(fault));
    CHECK(shown.contains(bindings::number_of(fault)));
  }
  for (const char* number : {"E021", "E022", "E023", "E024", "E025"}) {
    INFO(number);
    CHECK(shown.contains(number));
  }
}

TEST_CASE("every golden error names its line and column") {
  for (const auto& entry : stdfs::directory_iterator(cases())) {
    if (entry.path().extension() != ".txt") continue;
    INFO(entry.path().filename().string());
    std::string text = slurp(entry.path());
    for (std::string_view line : split(text, '\n')) {
      if (!line.starts_with("  --> ") || line.size() == 6) continue;  // an --arg has no place
      INFO(line);
      std::vector<std::string_view> parts = split(line.substr(6), ':');
      CHECK(parts.size() == 3);
    }
  }
}
