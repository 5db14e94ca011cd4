#include "cli/display.hpp"

#include <unistd.h>

#include "cli/step_watch.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::cli;
using graph::NodeId;

namespace {

// A file in the place of the terminal.
class Screen {
 public:
  Screen() : file_(std::tmpfile()) { terminal.fd = fileno(file_); }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen() { std::fclose(file_); }
  std::string text() const {
    std::string out(1 << 16, '\0');
    ssize_t n = ::pread(terminal.fd, out.data(), out.size(), 0);
    out.resize(n < 0 ? 0 : static_cast<size_t>(n));
    return out;
  }
  Terminal terminal;

 private:
  FILE* file_;
};

const NodeId kApt(3);

}  // namespace

TEST_CASE("plain progress writes whole lines with step and seconds") {
  Screen screen;
  FakeClock clock;
  auto display = plain_display(screen.terminal, clock);
  display->on(build::StepStarted{kApt, "tier:base/apt", "apt-get install\nmore"});
  clock.time += 412;
  display->on(build::StepOutput{kApt, "tier:base/apt", "Reading"});
  display->on(build::StepProgress{kApt, "tier:base/apt", "compressing", 1, 2});
  display->on(build::StepProgress{kApt, "tier:base/apt", "compressing", 2, 2});
  display->on(
      build::StepFinished{kApt, "tier:base/apt", build::StepOutcome::ran, 2100, 1'500'000, "never built"});
  display->on(build::StepFinished{NodeId(1), "tier:base/copy", build::StepOutcome::reused, 0, 7, ""});
  CHECK(screen.text() ==
        "#1 tier:base/apt  apt-get install\n"
        "#1 tier:base/apt  0.412 Reading\n"
        "#1 tier:base/apt  compressing\n"
        "#1 tier:base/apt  ran 2.1 s, 1.5 MB (never built)\n"
        "#2 tier:base/copy  reused\n");
}

TEST_CASE("JSON progress is one object per line, whatever bytes a step prints") {
  Screen screen;
  auto display = json_display(screen.terminal);
  display->on(build::StepOutput{kApt, "a/b", "x\xff\"y"});
  display->on(build::StepFinished{kApt, "a/b", build::StepOutcome::failed, 5, 0, ""});
  CHECK(screen.text() ==
        "{\"event\":\"output\",\"id\":3,\"step\":\"a/b\",\"line\":\"x\xef\xbf\xbd\\\"y\"}\n"
        "{\"event\":\"step_finished\",\"id\":3,\"step\":\"a/b\",\"outcome\":\"failed\",\"duration_ms\":5,"
        "\"layer_size\":0}\n");
}

TEST_CASE("the last JSON line has totals and the program's own time") {
  CHECK(
      finished_json({1, 2, 3, 4, 5}, 1, 12.5) ==
      "{\"event\":\"finished\",\"ran\":1,\"reused\":2,\"failed\":3,\"skipped\":4,\"status\":1,\"build_ms\":5,"
      "\"program_ms\":12.5}\n");
}

TEST_CASE("quiet progress shows notices only") {
  Screen screen;
  auto display = quiet_display(screen.terminal);
  display->on(build::StepOutput{kApt, "a/b", "x"});
  display->on(build::Notice{"over budget"});
  CHECK(screen.text() == "warning: over budget\n");
}

TEST_CASE("a terminal ends with finished steps and nothing of the region") {
  Screen screen;
  screen.terminal.tty = true;
  auto display = tty_display(screen.terminal, Clock::system());
  display->on(build::BuildStarted{2, 1});
  display->on(build::StepStarted{kApt, "tier:base/apt", "apt-get"});
  display->on(build::StepOutput{kApt, "tier:base/apt", "a line"});
  display->on(build::StepFinished{kApt, "tier:base/apt", build::StepOutcome::failed, 2100, 0, ""});
  display->close();
  display->close();
  std::string text = screen.text();
  std::string last = " ✗ tier:base/apt failed  2.1 s\n";
  REQUIRE(text.size() >= last.size());
  CHECK(text.substr(text.size() - last.size()) == last);
}

TEST_CASE("the last twenty lines of failed steps are kept, those of others are not") {
  Screen screen;
  auto display = quiet_display(screen.terminal);
  StepWatch watch(*display);
  for (int i = 0; i < 30; ++i) {
    std::string line = std::to_string(i);
    watch.on(build::StepOutput{kApt, "a", line});
    watch.on(build::StepOutput{NodeId(1), "b", line});
  }
  watch.on(build::StepFinished{NodeId(1), "b", build::StepOutcome::ran, 0, 0, ""});
  watch.on(build::StepFinished{kApt, "a", build::StepOutcome::failed, 0, 0, ""});
  watch.on(build::BuildFinished{1, 0, 1, 0, 9});
  REQUIRE(watch.failed().size() == 1);
  CHECK(watch.failed()[0].label == "a");
  CHECK(watch.failed()[0].last_lines.size() == 20);
  CHECK(watch.failed()[0].last_lines.front() == "10");
  CHECK(watch.totals().failed == 1);
}
