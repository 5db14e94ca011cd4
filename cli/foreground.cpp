#include "cli/foreground.hpp"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

extern char** environ;

namespace tierbuild::cli {
namespace {

std::vector<std::string> environment_with(const std::map<std::string, std::string>& extra) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string variable = *entry;
    if (extra.count(variable.substr(0, variable.find('='))) == 0) out.push_back(std::move(variable));
  }
  for (const auto& [name, value] : extra) out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// Ends a process that does not stop by itself. The process is reaped by its owner only after this ended.
class Terminator {
 public:
  Terminator(pid_t pid, std::stop_token stop) : pid_(pid), callback_(std::move(stop), Start{this}) {}
  ~Terminator() {
    {
      std::lock_guard lock(mutex_);
      done_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

 private:
  struct Start {
    Terminator* self;
    void operator()() const { self->requested(); }
  };
  void requested() {
    std::lock_guard lock(mutex_);
    if (done_) return;
    thread_ = std::thread([this] {
      std::unique_lock inner(mutex_);
      if (!done_) ::kill(pid_, SIGTERM);
      if (!wake_.wait_for(inner, std::chrono::seconds(2), [this] { return done_; })) ::kill(pid_, SIGKILL);
    });
  }

  pid_t pid_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread thread_;
  bool done_ = false;
  std::stop_callback<Start> callback_;  // last: it may call at once, and is taken back first
};

}  // namespace

Result<int> run_foreground(const std::vector<std::string>& argv,
                           const std::map<std::string, std::string>& env, const std::string& directory,
                           std::stop_token stop) {
  if (argv.empty()) return Error(Code::invalid, "the command is empty");
  if (stop.stop_requested()) return Error(Code::cancelled, "interrupted");
  std::vector<std::string> words = argv;
  std::vector<std::string> variables = environment_with(env);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (!directory.empty()) posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
  pid_t pid = 0;
  int failure = posix_spawnp(&pid, words[0].c_str(), &actions, nullptr, pointers(words).data(),
                             pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failure == ENOENT)
    return Error::make(Code::host_lacks, "program '{}' not found", argv[0])
        .hint("install it, or give its path");
  if (failure != 0) return Error::os(failure, "cannot start '{}'", argv[0]);
  {
    Terminator terminator(pid, stop);
    siginfo_t ended{};
    while (::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (stop.stop_requested()) return Error::make(Code::cancelled, "'{}' was interrupted", argv[0]);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace tierbuild::cli
