#include "cli/prompt.hpp"

#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/scope_guard.hpp"
#include "fs/file.hpp"

namespace tierbuild::cli {
namespace {

constexpr size_t kMaxInput = 1 << 20;

enum Key : char { kCtrlC = 3, kCtrlD = 4, kBackspace = 8, kCtrlU = 21, kDelete = 127 };

Error stopped() {
  return {Code::cancelled, "stopped"};
}

// Keys come one by one and unseen, Ctrl-C among them: the terminal is put back whatever is pressed.
Result<std::string> read_hidden() {
  termios before{};
  if (::tcgetattr(STDIN_FILENO, &before) != 0) return Error::os(errno, "cannot hide what is typed");
  termios hidden = before;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
  if (::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) != 0)
    return Error::os(errno, "cannot hide what is typed");
  ScopeGuard restore([&] {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    (void)fs::write_all(STDERR_FILENO, "\n");
  });
  std::string line;
  for (;;) {
    char key = 0;
    const ssize_t got = ::read(STDIN_FILENO, &key, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || key == kCtrlC || (key == kCtrlD && line.empty())) return stopped();
    if (key == '\n' || key == '\r') return line;
    if (key == kCtrlU)
      line.clear();
    else if (key != kBackspace && key != kDelete)
      line += key;
    else if (!line.empty())
      line.pop_back();
  }
}

Result<std::string> read_line() {
  std::string line;
  for (char byte = 0;;) {
    const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return stopped();
    if (byte == '\n') return line;
    line += byte;
  }
}

}  // namespace

bool can_ask() {
  return ::isatty(STDIN_FILENO) == 1;
}

Result<std::string> ask(const std::string& question, Echo echo) {
  TB_TRY(fs::write_all(STDERR_FILENO, question));
  return echo == Echo::no ? read_hidden() : read_line();
}

Result<std::string> read_input() {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::os(errno, "cannot read standard input");
    if (got == 0) break;
    text.append(buffer.data(), static_cast<size_t>(got));
    if (text.size() > kMaxInput) return Error::make(Code::invalid, "standard input is too long");
  }
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

}  // namespace tierbuild::cli
