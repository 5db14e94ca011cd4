#include "build/loop.hpp"

#include <linux/close_range.h>
#include <unistd.h>

#include <thread>

#include "support/catch.hpp"

using namespace tierbuild;
using build::ChildExit;
using build::Loop;

namespace {

/// Runs a shell command to its end.
struct Ran {
  std::vector<std::string> lines;
  ChildExit exit;
};

Ran run(const std::string& script, const std::string& input = {}) {
  Loop loop(2);
  Ran ran;
  bool ended = false;
  auto child = loop.spawn(
      {{"/bin/sh", "-c", script}, input}, [&](std::string_view line) { ran.lines.emplace_back(line); },
      [&](ChildExit exit) {
        ran.exit = std::move(exit);
        ended = true;
      });
  REQUIRE_OK(child);
  loop.run();
  REQUIRE(ended);
  return ran;
}

}  // namespace

TEST_CASE("work runs on another thread, and what follows it on the loop") {
  Loop loop(2);
  std::thread::id here = std::this_thread::get_id(), work, done;
  loop.queue([&] { work = std::this_thread::get_id(); }, [&] { done = std::this_thread::get_id(); });
  loop.run();
  REQUIRE(work != here);
  REQUIRE(done == here);
}

TEST_CASE("a child gets its input, and gives lines, a report and a status") {
  Ran ran = run("cat; echo error >&2; echo report >&3; exit 3", "one\ntwo\n");
  REQUIRE(ran.lines == std::vector<std::string>{"one", "two", "error"});
  REQUIRE(ran.exit.report == "report\n");
  REQUIRE(ran.exit.status == 3);
}

TEST_CASE("a child may open its standard output anew") {
  REQUIRE(run("echo again > /dev/stdout").lines.size() == 1);
}

TEST_CASE("a child inherits no descriptor of the loop but 0 to 3") {
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);  // what the test itself was started with
  Ran ran = run("ls /proc/self/fd | tr '\\n' ' '");
  REQUIRE(ran.lines == std::vector<std::string>{"0 1 2 3 4 "});  // 4 is the directory that ls reads
}

TEST_CASE("a child that ignores its input is no trouble") {
  REQUIRE(run("exit 0", std::string(1 << 20, 'x')).exit.status == 0);
}

TEST_CASE("a killed child tells its signal") {
  Loop loop(1);
  ChildExit result;
  auto child = loop.spawn(
      {{"/bin/sleep", "60"}, ""}, [](std::string_view) {}, [&](ChildExit exit) { result = exit; });
  REQUIRE_OK(child);
  loop.after(10, [&] { loop.kill(*child); });
  loop.run();
  REQUIRE(result.status == 128 + 9);
}

TEST_CASE("a program that does not exist is an error, and the loop goes on") {
  Loop loop(1);
  REQUIRE_CODE(loop.spawn(
                   {{"/no/such/program"}, ""}, [](std::string_view) {}, [](ChildExit) {}),
               Code::not_found);
  bool ran = false;
  loop.after(1, [&] { ran = true; });
  loop.run();
  REQUIRE(ran);
}

TEST_CASE("any thread may post to the loop, and a cancelled timer does not fire") {
  Loop loop(1);
  bool posted = false, fired = false;
  auto timer = loop.after(5000, [&] { fired = true; });
  std::jthread other([&] {
    loop.post([&] {
      posted = true;
      loop.cancel(timer);
    });
  });
  loop.run();
  REQUIRE(posted);
  REQUIRE_FALSE(fired);
}
