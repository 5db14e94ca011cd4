#include "base/subprocess.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/strings.hpp"
#include "base/unique_fd.hpp"

extern char** environ;

namespace tierbuild {
namespace {

struct Pipe {
  UniqueFd read, write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> fds{};
  if (pipe2(fds.data(), O_CLOEXEC) != 0) return Error::os(errno, "cannot make a pipe");
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> environment_with(const std::vector<std::string>& extra) {
  std::vector<std::string> env;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string_view variable = *entry;
    std::string_view name = variable.substr(0, variable.find('=') + 1);
    bool replaced =
        std::any_of(extra.begin(), extra.end(), [&](const auto& e) { return e.starts_with(name); });
    if (!replaced) env.emplace_back(variable);
  }
  env.insert(env.end(), extra.begin(), extra.end());
  return env;
}

// Feeds standard input and drains both outputs until all are closed; false if it was told to stop.
bool pump(const std::string& input, UniqueFd in, UniqueFd out, UniqueFd err, Completed& done,
          std::stop_token stop) {
  size_t written = 0;
  if (input.empty()) in.reset();
  std::array<char, 65536> buffer{};
  auto drain = [&](UniqueFd& fd, std::string& into) {
    ssize_t n = ::read(fd.get(), buffer.data(), buffer.size());
    if (n > 0)
      into.append(buffer.data(), static_cast<size_t>(n));
    else if (n == 0 || errno != EINTR)
      fd.reset();
  };
  while (in || out || err) {
    if (stop.stop_requested()) return false;
    std::array<pollfd, 3> fds{{{in.get(), POLLOUT, 0}, {out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), 100) <= 0) continue;
    if (in && fds[0].revents != 0) {
      ssize_t n = ::write(in.get(), input.data() + written, input.size() - written);
      if (n > 0) written += static_cast<size_t>(n);
      if (n < 0 || written == input.size()) in.reset();
    }
    if (out && fds[1].revents != 0) drain(out, done.out);
    if (err && fds[2].revents != 0) drain(err, done.err);
  }
  return true;
}

}  // namespace

Result<Completed> run_command(const Command& command, std::stop_token stop) {
  TB_CHECK(!command.argv.empty());
  TB_LET(Pipe in, make_pipe());
  TB_LET(Pipe out, make_pipe());
  TB_LET(Pipe err, make_pipe());

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.read.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, out.write.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, err.write.get(), 2);
  if (!command.cwd.empty()) posix_spawn_file_actions_addchdir_np(&actions, command.cwd.c_str());

  std::vector<std::string> argv = command.argv;
  std::vector<std::string> env = environment_with(command.extra_env);
  pid_t pid = 0;
  int failure =
      posix_spawnp(&pid, argv[0].c_str(), &actions, nullptr, pointers(argv).data(), pointers(env).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failure == ENOENT) return Error::make(Code::host_lacks, "program '{}' not found", argv[0]);
  if (failure != 0) return Error::os(failure, "cannot start '{}'", argv[0]);
  in.read.reset();
  out.write.reset();
  err.write.reset();

  Completed done;
  bool finished =
      pump(command.input, std::move(in.write), std::move(out.read), std::move(err.read), done, stop);
  if (!finished) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!finished) return Error::make(Code::cancelled, "'{}' was stopped", argv[0]);
  done.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return done;
}

std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  for (std::string_view directory : split(path == nullptr ? "/usr/sbin:/usr/bin:/sbin:/bin" : path, ':')) {
    std::string candidate = fmt::format("{}/{}", directory, name);
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

}  // namespace tierbuild
