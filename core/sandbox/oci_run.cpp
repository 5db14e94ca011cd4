#include "sandbox/oci_run.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/strings.hpp"
#include "sandbox/probe.hpp"
#include "sandbox/step.hpp"

namespace tierbuild::sandbox {
namespace {

std::atomic<pid_t> running{0};
std::atomic<int> wanted_signal{0};

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string text_of(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

// What a runtime means that could not start the container.
Result<ContainerExit> refusal(const Bundle& bundle, const std::string& message) {
  std::string quoted = "exec: \"" + bundle.command + "\"";
  bool missing = (has(message, "executable file") && has(message, "not found in $PATH")) ||
                 (has(message, quoted) && has(message, "no such file"));
  if (missing) {
    std::string where = has(bundle.command, "/") ? "" : fmt::format(" (looked in {})", bundle.search_path);
    return ContainerExit{false, kNotFound, fmt::format("'{}' is not in the image{}", bundle.command, where)};
  }
  if (has(message, "open executable:") || has(message, quoted + ": permission denied"))
    return ContainerExit{false, kNotExecutable,
                         fmt::format("'{}' is not an executable file", bundle.command)};
  return Error::make(Code::host_lacks, "the runtime '{}' cannot start the step: {}", bundle.runtime,
                     message.empty() ? "it gave no reason" : message);
}

}  // namespace

std::vector<std::string> runtime_command(const Bundle& bundle, const Cgroups& cgroups,
                                         const std::string& log) {
  bool crun = std::filesystem::path(bundle.runtime).filename().string().find("crun") != std::string::npos;
  std::vector<std::string> argv{bundle.runtime, "--root", bundle.directory + "/state",
                                "--log-format", "json",   "--log"};
  argv.push_back(crun ? "file:" + log : log);  // crun takes what stands before a colon for a kind of log
  if (cgroups.version == Cgroups::Version::none)
    argv.emplace_back(crun ? "--cgroup-manager=disabled" : "--rootless=true");
  return argv;
}

Result<pid_t> start_runtime(std::vector<std::string> argv, const std::string& output) {
  // The runtime needs no more of the host's environment than where to find the tools it calls.
  const char* host_path = ::getenv("PATH");
  std::string path =
      fmt::format("PATH={}", host_path == nullptr ? "/usr/sbin:/usr/bin:/sbin:/bin" : host_path);
  std::vector<char*> arguments;
  for (std::string& argument : argv) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  std::array<char*, 2> env{path.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (!output.empty()) {
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  }
  pid_t pid = 0;
  int failure = ::posix_spawn(&pid, arguments[0], &actions, nullptr, arguments.data(), env.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) return Error::os(failure, "cannot start '{}'", argv[0]);
  return pid;
}

std::string last_error(const std::string& log) {
  std::string found;
  for (std::string_view line : split(log, '\n')) {
    auto entry = nlohmann::json::parse(line, nullptr, false);
    if (entry.is_object() && entry.value("level", "") == "error") found = entry.value("msg", "");
  }
  for (std::string_view noise : {"runc run failed: ", "unable to start container process: "})
    if (found.starts_with(noise)) found.erase(0, noise.size());
  return found;
}

void signal_container(int signal) {
  wanted_signal = signal;
  if (pid_t container = running; container > 0) ::kill(container, signal);
}

Result<ContainerExit> run_bundle(const Bundle& bundle, const Cgroups& cgroups) {
  std::string log = bundle.directory + "/log", pid_file = bundle.directory + "/pid";
  std::vector<std::string> argv = runtime_command(bundle, cgroups, log);
  for (const std::string& word : {std::string("run"), std::string("--detach"), std::string("--pid-file"),
                                  pid_file, std::string("--bundle"), bundle.directory, bundle.id})
    argv.push_back(word);
  TB_LET(pid_t runtime, start_runtime(argv));

  // Detached, the runtime ends when the container has started, which tells its failures from those of the
  // command; the container is then a child of ours.
  std::map<pid_t, int> ended;
  std::optional<ProbeReport> probed;
  pid_t container = 0;
  while (container == 0 || !ended.contains(container)) {
    int status = 0;
    pid_t pid = ::waitpid(-1, &status, 0);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) return Error::os(errno, "cannot wait for the container");
    ended[pid] = exit_code_of(status);
    if (pid != runtime) continue;
    if (ended[pid] != 0) return refusal(bundle, last_error(text_of(log)));
    std::ifstream(pid_file) >> container;
    if (container <= 0)
      return Error::make(Code::host_lacks, "the runtime '{}' started no process", bundle.runtime);
    running = container;
    if (int signal = wanted_signal; signal != 0) ::kill(container, signal);
    if (bundle.probe) probed = probe_container(bundle, cgroups, container, ended);
  }
  return ContainerExit{true, ended[container], ended[container] == 0 ? "" : last_error(text_of(log)),
                       std::move(probed)};
}

}  // namespace tierbuild::sandbox
