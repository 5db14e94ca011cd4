// Makes the system calls named by its arguments from inside a step and prints `NAME ERRNO` for each, 0 for
// success.
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace {

long clone_with(unsigned long flags) {
  long pid = syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (pid == 0) _exit(0);
  if (pid > 0) waitpid(static_cast<pid_t>(pid), nullptr, 0);
  return pid < 0 ? -1 : 0;
}

long call(const char* name) {
  auto is = [name](const char* other) { return std::strcmp(name, other) == 0; };
  char page[1]{};
  if (is("mount")) return mount("none", "/tmp", "tmpfs", 0, nullptr);
  if (is("umount")) return umount("/proc");
  if (is("unshare")) return unshare(CLONE_NEWUSER);
  if (is("setns")) return setns(open("/proc/self/ns/mnt", O_RDONLY), CLONE_NEWNS);
  if (is("keyctl")) return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
  if (is("add_key")) return syscall(SYS_add_key, "user", "name", "x", 1, KEY_SPEC_PROCESS_KEYRING);
  if (is("bpf")) return syscall(SYS_bpf, BPF_MAP_CREATE, page, 0);
  if (is("perf_event_open")) return syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0);
  if (is("open_by_handle_at")) return syscall(SYS_open_by_handle_at, -1, nullptr, 0);
  if (is("clone_user")) return clone_with(CLONE_NEWUSER);
  if (is("clone_net")) return clone_with(CLONE_NEWNET | CLONE_NEWNS);
  if (is("clone")) return clone_with(0);
  if (is("clone3")) return syscall(SYS_clone3, nullptr, 0);
  if (is("unknown")) return syscall(100'000);
  if (is("vsock")) return socket(AF_VSOCK, SOCK_STREAM, 0);
  if (is("fsync")) return fsync(-1);
  if (is("fdatasync")) return fdatasync(-1);
  if (is("sync_file_range")) return sync_file_range(-1, 0, 0, 0);
  if (is("msync_sync")) return msync(nullptr, 4096, MS_SYNC);
  if (is("msync_async")) return msync(nullptr, 4096, MS_ASYNC);
  if (is("ptrace")) return syscall(SYS_ptrace, 0, 0, 0, 0);
  errno = EDOM;
  return -1;
}

}  // namespace

int main(int count, char** names) {
  for (int i = 1; i < count; ++i) {
    errno = 0;
    std::printf("%s %d\n", names[i], call(names[i]) < 0 ? errno : 0);
  }
}
