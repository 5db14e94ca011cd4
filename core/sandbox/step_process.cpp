#include "sandbox/step_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/unique_fd.hpp"

namespace tierbuild::sandbox {
namespace {

// A file in memory at a high number, so that none of them is in the way of 0 to 3.
Result<UniqueFd> memory_file(const char* name) {
  UniqueFd low(::memfd_create(name, MFD_CLOEXEC));
  UniqueFd fd(low ? ::fcntl(low.get(), F_DUPFD_CLOEXEC, 10) : -1);
  if (!fd) return Error::os(errno, "cannot make a file in memory");
  return fd;
}

std::string bytes_of(int fd) {
  struct stat info {};
  ::fstat(fd, &info);
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  ssize_t n = ::pread(fd, bytes.data(), bytes.size(), 0);
  bytes.resize(n < 0 ? 0 : static_cast<size_t>(n));
  return bytes;
}

/// The descriptors of a helper by their numbers in it; -1 leaves the caller's.
struct Descriptors {
  std::array<int, 5> fds{-1, -1, -1, -1, -1};
};

Result<pid_t> spawn_helper(const std::string& helper, const Descriptors& descriptors, const char* option) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (size_t number = 0; number < descriptors.fds.size(); ++number)
    if (int fd = descriptors.fds[number]; fd >= 0)
      posix_spawn_file_actions_adddup2(&actions, fd, static_cast<int>(number));
  std::string name = "tierbuild-step", word = option == nullptr ? "" : option;
  std::array<char*, 3> argv{name.data(), option == nullptr ? nullptr : word.data(), nullptr};
  pid_t pid = 0;
  int failure = ::posix_spawn(&pid, helper.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) return Error::os(failure, "cannot start '{}'", helper);
  return pid;
}

Result<UniqueFd> spec_file(const StepSpec& spec) {
  TB_LET(UniqueFd file, memory_file("step"));
  std::string text = spec.json();
  if (::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return Error::os(errno, "cannot write the step");
  return file;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

Result<FinishedStep> run_step(const std::string& helper, const StepSpec& spec) {
  TB_LET(UniqueFd in, spec_file(spec));
  TB_LET(UniqueFd out, memory_file("output"));
  TB_LET(UniqueFd report, memory_file("report"));
  TB_LET(pid_t pid, spawn_helper(helper, {{in.get(), out.get(), out.get(), report.get(), -1}}, nullptr));
  int status = wait_for(pid);
  FinishedStep finished;
  finished.output = bytes_of(out.get());
  TB_LET(finished.report, StepReport::parse(bytes_of(report.get())), "{} ended with status {}", helper,
         status);
  return finished;
}

Result<StepReport> run_step_foreground(const std::string& helper, const StepSpec& spec, std::stop_token stop,
                                       ForegroundOutput output) {
  TB_LET(UniqueFd in, spec_file(spec));
  TB_LET(UniqueFd report, memory_file("report"));
  const int out = output == ForegroundOutput::to_error ? STDERR_FILENO : -1;
  TB_LET(pid_t pid, spawn_helper(helper, {{-1, out, -1, report.get(), in.get()}}, "--keep-stdin"));
  {
    // The helper ends the step and is the last to go: nothing is mounted or written after it.
    std::stop_callback end(stop, [pid] { ::kill(pid, SIGTERM); });
    siginfo_t ended{};
    while (::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
  }
  int status = wait_for(pid);
  if (stop.stop_requested()) return Error(Code::cancelled, "interrupted");
  TB_LET(StepReport result, StepReport::parse(bytes_of(report.get())), "{} ended with status {}", helper,
         status);
  return result;
}

}  // namespace tierbuild::sandbox
