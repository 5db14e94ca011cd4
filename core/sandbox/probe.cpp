#include "sandbox/probe.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/clock.hpp"
#include "base/scope_guard.hpp"

namespace tierbuild::sandbox {
namespace {

using std::chrono::milliseconds;

constexpr int64_t kLook = 20;      // between two looks at the children
constexpr int64_t kEarly = 1'000;  // between checks whose failure does not count
constexpr int64_t kGrace = 3'000;  // for the command to end by itself
constexpr int64_t kSettle = 500;   // for a container to be seen as ended after its runtime says so
constexpr size_t kShownBytes = 4096;

std::string read_file(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

class Probe {
 public:
  Probe(const Bundle& bundle, const Cgroups& cgroups, pid_t container, std::map<pid_t, int>& ended)
      : bundle_(bundle), cgroups_(cgroups), spec_(*bundle.probe), container_(container), ended_(ended) {}

  ProbeReport run() {
    ScopeGuard end([this] { end_container(); });
    const int64_t start = now(), counting = start + std::max(spec_.start_ms, spec_.interval_ms);
    for (uint32_t failures = 0;;) {
      const bool counts = now() >= counting;
      if (!check()) return report_;
      if (report_.exit_code == 0) return verdict(ProbeReport::Verdict::healthy);
      if (counts && ++failures >= std::max(1u, spec_.retries))
        return verdict(ProbeReport::Verdict::unhealthy);
      const int64_t next = counts ? now() + spec_.interval_ms : std::min(now() + kEarly, counting);
      if (!wait_until(next, [] { return false; })) return verdict(ProbeReport::Verdict::ended);
    }
  }

 private:
  static int64_t now() { return Clock::system().monotonic(); }

  ProbeReport verdict(ProbeReport::Verdict verdict) {
    report_.verdict = verdict;
    return report_;
  }

  // Meets children until `done` or the time has come; false if the container has ended.
  bool wait_until(int64_t deadline, const std::function<bool()>& done) {
    for (;;) {
      int status = 0;
      for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;)
        ended_[pid] = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      if (ended_.contains(container_)) return false;
      if (done() || now() >= deadline) return true;
      std::this_thread::sleep_for(milliseconds(kLook));
    }
  }

  // One check; false if there is nothing more to be found out, and the report says what is.
  bool check() {
    std::string log = bundle_.directory + "/probe-log", output = bundle_.directory + "/probe-output",
                pid_file = bundle_.directory + "/probe-pid";
    for (const std::string& file : {log, output, pid_file}) std::remove(file.c_str());
    std::vector<std::string> argv = runtime_command(bundle_, cgroups_, log);
    for (const std::string& word : {std::string("exec"), std::string("--pid-file"), pid_file, bundle_.id})
      argv.push_back(word);
    argv.insert(argv.end(), spec_.argv.begin(), spec_.argv.end());
    auto runtime = start_runtime(std::move(argv), output);
    if (!runtime) {
      report_.error = runtime.error().str();
      report_.verdict = ProbeReport::Verdict::refused;
      return false;
    }
    ++report_.checks;
    auto finished = [&] { return ended_.contains(*runtime); };
    bool alive = wait_until(now() + spec_.timeout_ms, finished);
    report_.timed_out = alive && !finished();
    if (report_.timed_out) {
      pid_t inside = 0;
      std::ifstream(pid_file) >> inside;
      if (inside > 0) ::kill(inside, SIGKILL);
      ::kill(*runtime, SIGKILL);
      alive = wait_until(now() + kGrace, finished);
    }
    report_.exit_code = finished() ? ended_[*runtime] : 128 + SIGKILL;
    report_.output = read_file(output);
    if (report_.output.size() > kShownBytes) report_.output.erase(0, report_.output.size() - kShownBytes);
    std::string refused = report_.exit_code == 0 || report_.timed_out ? "" : last_error(read_file(log));
    // The runtime also refuses a container that has just ended.
    if (alive && !refused.empty()) alive = wait_until(now() + kSettle, [] { return false; });
    if (!alive) {
      report_.verdict = ProbeReport::Verdict::ended;
      return false;
    }
    if (refused.empty()) return true;
    report_.verdict = ProbeReport::Verdict::refused;
    report_.error = refused;
    return false;
  }

  void end_container() {
    if (ended_.contains(container_)) return;
    ::kill(container_, SIGTERM);
    if (!wait_until(now() + kGrace, [] { return false; })) return;
    ::kill(container_, SIGKILL);
    int status = 0;
    while (!ended_.contains(container_)) {
      pid_t pid = ::waitpid(-1, &status, 0);
      if (pid < 0 && errno != EINTR) return;
      if (pid > 0) ended_[pid] = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
  }

  const Bundle& bundle_;
  const Cgroups& cgroups_;
  const ProbeSpec& spec_;
  pid_t container_;
  std::map<pid_t, int>& ended_;
  ProbeReport report_;
};

}  // namespace

ProbeReport probe_container(const Bundle& bundle, const Cgroups& cgroups, pid_t container,
                            std::map<pid_t, int>& ended) {
  return Probe(bundle, cgroups, container, ended).run();
}

}  // namespace tierbuild::sandbox
