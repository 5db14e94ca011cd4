#include "unit/store/fixture.hpp"

#include <sys/wait.h>

#include <cstdlib>

namespace tierbuild::test {
namespace {

// A disk that need not flush makes these tests several times as fast.
const bool kInMemory = ::access("/dev/shm", W_OK) == 0 && ::setenv("TMPDIR", "/dev/shm", 0) == 0;

}  // namespace

pid_t start_process(const std::function<int()>& work) {
  pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(work());
  return child;
}

int exit_code(pid_t child) {
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace tierbuild::test
