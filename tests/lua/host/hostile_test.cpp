// Every attack of tests/lua/hostile.txt: a workspace that must be refused, in bounded time and memory. A
// section is
// `=== NUMBER what it tries`, then its Buildfile, then maybe more files, each after `--- FILE name`. `full`
// behind the number gives it the budget of a real evaluation instead of a small one.
#include <sys/stat.h>

#include <chrono>
#include <fstream>

#include "lua/host/workspace.hpp"

using namespace tierbuild;
using namespace tierbuild::test;
namespace stdfs = std::filesystem;

namespace {

struct Attack {
  std::string number, title, files;
  bool full = false;
};

std::vector<Attack> attacks() {
  static const std::string kMark = "=== ";
  std::vector<Attack> all;
  std::ifstream in(stdfs::path(TB_TESTS) / "lua/hostile.txt");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(kMark)) {
      std::string head = line.substr(kMark.size());
      Attack attack;
      attack.number = head.substr(0, 4);
      attack.full = head.substr(5).starts_with("full ");
      attack.title = head.substr(attack.full ? 10 : 5);
      all.push_back(std::move(attack));
    } else if (!all.empty()) {
      all.back().files += line + "\n";
    }
  }
  return all;
}

// `@NUL@` and the like stand for bytes that a text file cannot hold well; `@REPEAT n x@` is x, n times.
std::string expanded(std::string text) {
  const std::pair<std::string, std::string> bytes[] = {{"@ESC@", "\x1b"}, {"@NUL@", std::string(1, '\0')}};
  for (const auto& [name, byte] : bytes)
    for (size_t at = text.find(name); at != std::string::npos; at = text.find(name))
      text.replace(at, name.size(), byte);
  for (size_t at = text.find("@REPEAT "); at != std::string::npos; at = text.find("@REPEAT ")) {
    size_t space = text.find(' ', at + 8), end = text.find('@', at + 8);
    std::string what = text.substr(space + 1, end - space - 1), out;
    for (long left = std::stol(text.substr(at + 8)); left > 0; --left) out += what;
    text.replace(at, end + 1 - at, out);
  }
  return text;
}

void write_files(Workspace& workspace, const std::string& text) {
  static const std::string kMark = "--- FILE ";
  std::string name = "Buildfile.lua";
  for (size_t start = 0;;) {
    size_t mark = text.find(kMark, start);
    workspace.file(name, expanded(text.substr(start, mark == std::string::npos ? mark : mark - start)));
    if (mark == std::string::npos) return;
    size_t end = text.find('\n', mark);
    name = text.substr(mark + kMark.size(), end - mark - kMark.size());
    start = end + 1;
  }
}

// "VmHWM", "VmRSS": a value of /proc/self/status in bytes.
uint64_t memory(const std::string& name) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name + ":")) return std::stoull(line.substr(name.size() + 1)) * 1024;
  return 0;
}

}  // namespace

TEST_CASE("a hostile workspace is refused in bounded time and memory") {
  std::vector<Attack> all = attacks();
  REQUIRE(all.size() >= 100);
  for (const Attack& attack : all) {
    INFO(attack.title);
    Workspace workspace;
    write_files(workspace, attack.files);
    if (!attack.full) {
      workspace.options.instructions = 3'000'000;
      workspace.options.memory = 48 << 20;
    }
    stdfs::create_symlink("/etc/passwd", workspace.path() / "link");
    stdfs::create_directory_symlink("/etc", workspace.path() / "dir");
    stdfs::create_directory_symlink("..", workspace.path() / "up");
    stdfs::create_symlink("loop", workspace.path() / "loop");
    stdfs::create_symlink("/proc/self/environ", workspace.path() / "environ");
    REQUIRE(::mkfifo((workspace.path() / "fifo").c_str(), 0600) == 0);
    stdfs::create_directory(workspace.path() / "folder");

    std::ofstream("/proc/self/clear_refs") << "5";  // the peak starts anew
    uint64_t before = memory("VmRSS");
    auto start = std::chrono::steady_clock::now();
    workspace.run();
    auto took = std::chrono::steady_clock::now() - start;
    uint64_t more = memory("VmHWM") - std::min(before, memory("VmHWM"));
    if (std::getenv("TIERBUILD_SHOW") != nullptr)
      fmt::print("{} {:5} ms {:5} MB  {}\n", workspace.evaluation ? "----" : workspace.failure.errors[0].id(),
                 std::chrono::duration_cast<std::chrono::milliseconds>(took).count(), more >> 20,
                 attack.title);
    CHECK(took < std::chrono::seconds(attack.full ? 120 : 20));
    CHECK(more < (attack.full ? uint64_t{2} << 30 : uint64_t{512} << 20));
    if (workspace.evaluation) {
      FAIL_CHECK("it was accepted");
      continue;
    }
    INFO(workspace.rendered().substr(0, 2000));
    CHECK(workspace.failure.errors[0].id() == attack.number);
  }
}
