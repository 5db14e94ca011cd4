#include "support/registry.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/subprocess.hpp"
#include "base/unique_fd.hpp"

extern char** environ;

namespace tierbuild::test {
namespace {

using namespace std::chrono_literals;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

int free_port() {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) return 0;
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.sin_port);
}

bool answers(int port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(port);
  return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

std::string config(const std::filesystem::path& dir, int port, const RealRegistry::Options& options) {
  std::string text = fmt::format(
      "version: 0.1\n"
      "log: {{level: error, accesslog: {{disabled: true}}}}\n"
      "storage:\n"
      "  filesystem: {{rootdirectory: {}/data}}\n"
      "  delete: {{enabled: true}}\n"
      "http:\n"
      "  addr: '127.0.0.1:{}'\n"
      "  secret: test\n",
      dir.string(), port);
  if (options.tls)
    text += fmt::format("  tls: {{certificate: {0}/cert.pem, key: {0}/key.pem}}\n", dir.string());
  if (options.login)
    text += fmt::format("auth: {{htpasswd: {{realm: test, path: {}/htpasswd}}}}\n", dir.string());
  return text;
}

}  // namespace

bool RealRegistry::available() {
  return !find_program("docker-registry").empty() && !find_program("htpasswd").empty() &&
         !find_program("openssl").empty();
}

RealRegistry::RealRegistry(Options options) {
  if (options.login) {
    const auto& [user, password] = *options.login;
    auto line = run_command({{"htpasswd", "-Bbn", user, password}, {}, {}, {}});
    REQUIRE_OK(line);
    dir_.write("htpasswd", line->out);
  }
  if (options.tls) {
    auto made = run_command(
        {{"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1",
          "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", dir_ / "key.pem", "-out", dir_ / "cert.pem"},
         {},
         {},
         {}});
    REQUIRE_OK(made);
    REQUIRE(made->exit_code == 0);
  }
  // Another program may take the port between its choice and its use.
  for (int attempt = 0; attempt < 3 && pid_ < 0; ++attempt) start(options);
  REQUIRE(pid_ > 0);
}

RealRegistry::~RealRegistry() {
  stop();
}

void RealRegistry::start(const Options& options) {
  port_ = free_port();
  const std::string file = dir_.write("config.yml", config(dir_.path(), port_, options));
  const std::string log = dir_ / "log";
  std::string program = find_program("docker-registry");
  std::string serve = "serve";
  std::string path = file;
  char* argv[] = {program.data(), serve.data(), path.data(), nullptr};

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const int failure = posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) {
    pid_ = -1;
    return;
  }
  for (auto end = std::chrono::steady_clock::now() + 10s; std::chrono::steady_clock::now() < end;) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      return;
    }
    if (answers(port_)) return;
    std::this_thread::sleep_for(10ms);
  }
  stop();
}

void RealRegistry::stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  for (int tenths = 0; tenths < 30; ++tenths) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      return;
    }
    std::this_thread::sleep_for(100ms);
  }
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace tierbuild::test
