#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "fixture.hpp"

namespace tierbuild::sandbox {
namespace {

using namespace std::chrono_literals;

// How many processes of the host have this text in the named file under /proc.
int processes_with(const std::string& file, const std::string& text) {
  int count = 0;
  for (const auto& entry : stdfs::directory_iterator("/proc")) {
    std::ifstream in(entry.path() / file, std::ios::binary);
    if (std::string(std::istreambuf_iterator<char>(in), {}).find(text) != std::string::npos) ++count;
  }
  return count;
}

template <class Condition>
bool within(std::chrono::milliseconds limit, Condition condition) {
  for (auto end = std::chrono::steady_clock::now() + limit; std::chrono::steady_clock::now() < end;) {
    if (condition()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

// A process that runs the step and waits for it, as a build does.
pid_t fork_build(Image& image, const StepSpec& spec) {
  std::string helper = image.helper();
  pid_t build = ::fork();
  if (build == 0) {
    (void)run_step(helper, spec);
    ::_exit(0);
  }
  return build;
}

}  // namespace

TEST_CASE("kill -9 of the build leaves no process and no mount of its step") {
  NEEDS_SANDBOX();
  Image image;
  StepSpec spec = image.shell("(setsid sleep 4242001 &); sleep 4242001");
  pid_t build = fork_build(image, spec);
  REQUIRE(build > 0);
  REQUIRE(within(5s, [] { return processes_with("cmdline", "4242001") >= 2; }));
  CHECK(processes_with("mountinfo", spec.scratch) > 0);
  ::kill(build, SIGKILL);
  ::waitpid(build, nullptr, 0);
  CHECK(within(1s, [&] { return processes_with("cmdline", "4242001") == 0; }));
  CHECK(within(1s, [&] { return processes_with("mountinfo", spec.scratch) == 0; }));
}

TEST_CASE("a process that forked twice and left its session dies with the step") {
  NEEDS_SANDBOX();
  Image image;
  image.run(image.shell("(setsid sh -c 'sleep 4242002 & sleep 4242002' &); sleep 0.2; exit 0"));
  CHECK(processes_with("cmdline", "4242002") == 0);
}

TEST_CASE("a background process of a host tool dies with it") {
  NEEDS_SANDBOX();
  Image image;
  StepSpec spec = image.step({"sh", "-c", "setsid sleep 4242003 >/dev/null 2>&1 & sleep 0.2; exit 0"});
  spec.runtime.clear();
  spec.layers.clear();
  spec.env = {"PATH=/usr/bin:/bin"};
  image.run(spec);
  CHECK(processes_with("cmdline", "4242003") == 0);
}

TEST_CASE("SIGTERM to the helper ends the step at once and is reported") {
  NEEDS_SANDBOX();
  Image image;
  StepSpec spec = image.shell("trap '' TERM INT; sleep 4242004");
  Result<FinishedStep> finished = Error(Code::internal, "not run");
  std::thread running([&, helper = image.helper()] { finished = run_step(helper, spec); });
  REQUIRE(within(5s, [] { return processes_with("cmdline", "4242004") >= 1; }));
  // The helper's two processes are the only ones of its name; the older one is the parent.
  pid_t helper = 0;
  for (const auto& entry : stdfs::directory_iterator("/proc")) {
    std::ifstream in(entry.path() / "stat");
    std::string pid, name, state, parent;
    if (in >> pid >> name >> state >> parent;
        name == "(tierbuild-step)" && parent == std::to_string(::getpid()))
      helper = std::stoi(pid);
  }
  REQUIRE(helper > 0);
  ::kill(helper, SIGTERM);
  running.join();
  REQUIRE_OK(finished);
  CHECK_FALSE(finished->report.started);
  CHECK(finished->report.error == "the step was stopped");
  CHECK(processes_with("cmdline", "4242004") == 0);
  CHECK(processes_with("mountinfo", spec.scratch) == 0);
}

TEST_CASE("a step after one that was killed is not in its way") {
  NEEDS_SANDBOX();
  Image image;
  StepSpec spec = image.shell("sleep 4242005");
  pid_t build = fork_build(image, spec);
  REQUIRE(within(5s, [] { return processes_with("cmdline", "4242005") >= 1; }));
  ::kill(build, SIGKILL);
  ::waitpid(build, nullptr, 0);
  StepSpec again = image.shell("echo fine");
  again.id = spec.id;
  REQUIRE(within(1s, [&] { return processes_with("cmdline", "4242005") == 0; }));
  CHECK(image.run(again).output == "fine\n");
}

}  // namespace tierbuild::sandbox
