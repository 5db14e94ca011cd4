// tierbuild-step: runs one step in namespaces of its own that end with it, however it ends.
//
// Standard input is a StepSpec, descriptor 3 takes the StepReport, standard output and error are the step's.
// With `--keep-stdin` the step is in the foreground: the StepSpec is on descriptor 4, standard input is the
// step's too, and a signal is passed on to the step, which has a second to end by itself.
// This process makes a mount and a pid namespace; its child is the init process of the latter. Each dies with
// its parent, and the kernel kills all processes of a pid namespace with its init: nothing a step starts can
// outlive the build.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string>

#include "base/unique_fd.hpp"
#include "sandbox/cgroups.hpp"
#include "sandbox/oci_run.hpp"
#include "sandbox/step.hpp"

namespace {

using namespace tierbuild;
using namespace tierbuild::sandbox;

constexpr int kReport = 3;
constexpr int kSpec = 4;  // with --keep-stdin

// Whether the other end of a pipe is closed.
bool abandoned(int fd) {
  pollfd other{fd, 0, 0};
  return ::poll(&other, 1, 0) == 1 && (other.revents & (POLLERR | POLLHUP)) != 0;
}

void send(const StepReport& report) {
  std::string line = report.json();
  for (size_t done = 0; done < line.size();) {
    ssize_t n = ::write(kReport, line.data() + done, line.size() - done);
    if (n < 0 && errno != EINTR) return;
    if (n > 0) done += static_cast<size_t>(n);
  }
}

int fail(const Error& error) {
  StepReport report;
  report.exit_code = kSetupFailed;
  report.error = error.str();
  if (!error.hint().empty()) report.error += "; " + error.hint();
  send(report);
  return kSetupFailed;
}

// Reads the step to its end and leaves descriptor 0 as the step shall have it.
Result<StepSpec> read_spec(bool keep_stdin) {
  const int fd = keep_stdin ? kSpec : STDIN_FILENO;
  std::string text;
  std::array<char, 65536> buffer{};
  for (;;) {
    ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error::os(errno, "cannot read the step");
    if (n == 0) break;
    text.append(buffer.data(), static_cast<size_t>(n));
  }
  UniqueFd null(keep_stdin ? -1 : ::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!keep_stdin && ::dup2(null.get(), STDIN_FILENO) != 0) return Error::os(errno, "cannot open /dev/null");
  return StepSpec::parse(text);
}

Status make_namespaces() {
  if (::unshare(CLONE_NEWNS | CLONE_NEWPID) != 0)
    return Error::os(errno, "cannot make namespaces for the step")
        .hint("run as root, or let users make namespaces");
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return Error::os(errno, "cannot make the mounts of the step private");
  return {};
}

extern "C" void pass_on(int signal) {
  int saved = errno;
  signal_container(signal);
  errno = saved;
}

// The init process of the step's pid namespace. `parent` is a pipe that the parent holds open.
int run_child(const StepSpec& spec, int parent, const sigset_t& before) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
    return fail(Error::os(errno, "cannot follow the parent process"));
  if (abandoned(parent)) return kSetupFailed;
  if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0)
    return fail(Error::os(errno, "cannot mount /proc for the step"));
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  StepReport report = run_step_in_namespace(spec);
  send(report);
  return report.exit_code;
}

enum class OnSignal { end, pass_on };

// Waits for the child. A signal to this process ends it at once, or after the grace if it was passed on.
int supervise(pid_t child, const sigset_t& signals, OnSignal on_signal) {
  constexpr timespec kGrace{1, 0};
  int stopped = 0;
  for (;;) {
    int signal = stopped == 0 ? ::sigwaitinfo(&signals, nullptr) : ::sigtimedwait(&signals, nullptr, &kGrace);
    if (signal < 0 && errno == EINTR) continue;
    if (signal > 0 && signal != SIGCHLD) {
      if (stopped != 0) continue;
      stopped = signal;
      if (on_signal == OnSignal::pass_on && ::kill(child, signal) == 0) continue;
    }
    if (signal != SIGCHLD) ::kill(child, SIGKILL);
    int status = 0;
    pid_t ended = ::waitpid(child, &status, signal == SIGCHLD ? WNOHANG : 0);
    if (ended != child) continue;
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    if (stopped == 0)
      return fail(Error::make(Code::failed, "the step was killed by signal {}", WTERMSIG(status)));
    fail(Error(Code::cancelled, "the step was stopped"));
    return 128 + stopped;
  }
}

int run(bool keep_stdin) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || abandoned(kReport)) return kSetupFailed;
  ::fcntl(kReport, F_SETFD, FD_CLOEXEC);
  ::umask(022);
  auto spec = read_spec(keep_stdin);
  ::close_range(kReport + 1, ~0U, 0);
  if (!spec) return fail(spec.error());
  if (Status made = make_namespaces(); !made) return fail(made.error());

  sigset_t signals{}, before{};
  ::sigemptyset(&signals);
  for (int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, signal);
  ::sigprocmask(SIG_BLOCK, &signals, &before);
  std::array<int, 2> alive{};
  if (::pipe2(alive.data(), O_CLOEXEC) != 0) return fail(Error::os(errno, "cannot make a pipe"));
  pid_t child = ::fork();
  if (child < 0) return fail(Error::os(errno, "cannot start a process"));
  if (child == 0) {
    ::close(alive[1]);
    if (keep_stdin)
      for (int signal : {SIGTERM, SIGINT, SIGHUP}) ::signal(signal, pass_on);
    ::_exit(run_child(*spec, alive[0], before));
  }
  int code = supervise(child, signals, keep_stdin ? OnSignal::pass_on : OnSignal::end);
  if (!spec->runtime.empty()) Cgroups::detect().remove(spec->id);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  const bool keep_stdin = argc == 2 && std::string_view(argv[1]) == "--keep-stdin";
  // Nothing is left to clean up, and nothing could be started any more: the pid namespace has no init.
  if (::fcntl(kReport, F_GETFD) >= 0) ::_exit(run(keep_stdin));
  std::fputs("tierbuild-step is started by tierbuild for each step of a build\n", stderr);
  return 2;
}
