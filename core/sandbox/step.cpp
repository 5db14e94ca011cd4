#include "sandbox/step.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <fstream>

#include "base/strings.hpp"
#include "sandbox/cgroups.hpp"
#include "sandbox/mounts.hpp"
#include "sandbox/oci_run.hpp"
#include "sandbox/oci_spec.hpp"
#include "sandbox/overlay.hpp"
#include "sandbox/rooted.hpp"

namespace tierbuild::sandbox {
namespace {

constexpr uint64_t kLargestPasswd = 4 << 20;

Status make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0) return Error::os(errno, "cannot create the directory '{}'", path);
  return {};
}

// A tmpfs for what must not reach a disk: the bundle with its variables, the runtime's state, secrets.
Result<std::string> make_private_directory(const std::string& scratch) {
  std::string path = scratch + "/private";
  TB_TRY(make_directory(path));
  constexpr unsigned long kFlags = MS_NOSUID | MS_NODEV;
  if (::mount("tmpfs", path.c_str(), "tmpfs", kFlags, "mode=0700,noswap") != 0 &&
      ::mount("tmpfs", path.c_str(), "tmpfs", kFlags, "mode=0700") != 0)
    return Error::os(errno, "cannot mount a tmpfs on '{}'", path);
  TB_TRY(make_directory(path + "/empty"));
  TB_TRY(make_directory(path + "/bundle"));
  return path;
}

// Device files work only where a device cgroup lets none but the harmless ones through.
Result<std::string> mount_root(const StepSpec& spec, const std::string& empty, const Cgroups& cgroups) {
  std::string rootfs = spec.scratch + "/rootfs";
  Overlay overlay{spec.layers,
                  spec.layers_root,
                  empty,
                  spec.upper,
                  spec.scratch + "/work",
                  spec.user_xattr,
                  cgroups.version == Cgroups::Version::none ? Devices::dead : Devices::alive};
  TB_TRY(make_directory(rootfs));
  TB_TRY(make_directory(overlay.work));
  TB_TRY(mount_overlay(overlay, rootfs));
  return rootfs;
}

Result<Identity> identity_of(const StepSpec& spec, const Rooted& root) {
  TB_LET(std::string passwd, root.read("/etc/passwd", kLargestPasswd));
  TB_LET(std::string group, root.read("/etc/group", kLargestPasswd));
  return resolve_user(spec.user, passwd, group);
}

// The directory a step starts in, free of symlinks: through /proc/self/fd/N one could lead out of the
// container. What is missing is made, and belongs to the step's user.
Result<std::string> working_directory(const StepSpec& spec, const Identity& user, const Rooted& root) {
  if (!spec.cwd.starts_with('/'))
    return Error::make(Code::invalid, "the working directory '{}' is not absolute", spec.cwd);
  std::vector<Stub> made;
  TB_LET(Place place, root.find_or_make_directory(spec.cwd, &made), "in the working directory");
  for (const Stub& stub : made)
    if (::fchownat(root.fd(), stub.path.c_str(), user.uid, user.gid, AT_SYMLINK_NOFOLLOW) != 0)
      return Error::os(errno, "cannot set the owner of the working directory '{}'", spec.cwd);
  for (const char* kernel : {"/proc", "/sys", "/dev"})
    if (place.path == kernel || place.path.starts_with(std::string(kernel) + "/"))
      return Error::make(Code::invalid, "a step cannot work in '{}'", spec.cwd)
          .hint("choose a directory outside /proc, /sys and /dev");
  struct stat info {};
  if (::fstat(place.fd.get(), &info) != 0 || !S_ISDIR(info.st_mode))
    return Error::make(Code::invalid, "the working directory '{}' is not a directory", spec.cwd);
  return place.path;
}

std::string search_path(const StepSpec& spec) {
  for (const std::string& variable : spec.env)
    if (variable.starts_with("PATH=")) return variable.substr(5);
  return std::string(kDefaultPath);
}

Result<ContainerExit> run_in_root(StepSpec spec, const std::string& rootfs, const Rooted& root,
                                  StepMounts& mounts, const std::string& private_directory,
                                  const Cgroups& cgroups) {
  TB_LET(Identity identity, identity_of(spec, root));
  TB_TRY(mounts.mount_all());
  TB_LET(spec.cwd, working_directory(spec, identity, root));
  TB_LET(std::string config, oci_spec(spec, identity, rootfs, mounts.for_runtime(), cgroups));
  Bundle bundle{spec.runtime, private_directory + "/bundle", spec.id, spec.argv[0], search_path(spec),
                spec.probe};
  std::ofstream(bundle.directory + "/config.json") << config;
  return run_bundle(bundle, cgroups);
}

StepReport failure(const Error& error) {
  StepReport report;
  report.exit_code = kSetupFailed;
  report.error = error.str();
  if (!error.hint().empty()) report.error += "; " + error.hint();
  return report;
}

Result<StepReport> run_in_container(const StepSpec& spec) {
  Cgroups cgroups = Cgroups::detect();
  TB_TRY(cgroups.check(spec.limits));
  TB_LET(std::string private_directory, make_private_directory(spec.scratch));
  TB_LET(std::string rootfs, mount_root(spec, private_directory + "/empty", cgroups));
  TB_LET(Rooted root, Rooted::open(rootfs));
  StepMounts mounts(spec, root, private_directory);
  auto exit = run_in_root(spec, rootfs, root, mounts, private_directory, cgroups);

  StepReport report;
  if (exit) {
    report.started = exit->started;
    report.exit_code = exit->code;
    report.error = exit->error;
    report.probe = exit->probe;
    report.out_of_memory = cgroups.out_of_memory(spec.id);
  } else {
    report = failure(exit.error());
  }
  for (const Stub& stub : mounts.stubs()) report.mount_points.push_back(stub.path);
  ::chdir("/");
  ::umount2(rootfs.c_str(), MNT_DETACH);
  TB_LET(Rooted upper, Rooted::open(spec.upper));
  for (auto stub = mounts.stubs().rbegin(); stub != mounts.stubs().rend(); ++stub) upper.remove(*stub);
  return report;
}

Status isolate_network() {
  if (::unshare(CLONE_NEWNET) != 0) return Error::os(errno, "cannot make a network namespace");
  UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0)
    return Error::os(errno, "cannot bring up the loopback interface");
  return {};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// The child of `run_on_host`: becomes the tool, or returns why it cannot.
int exec_tool(StepSpec spec) {
  bool has_tmpdir =
      std::any_of(spec.env.begin(), spec.env.end(), [](const auto& v) { return v.starts_with("TMPDIR="); });
  if (!has_tmpdir) spec.env.push_back("TMPDIR=" + spec.scratch);
  if (::chdir(spec.cwd.c_str()) != 0) return errno;
  std::vector<char*> argv = pointers(spec.argv), env = pointers(spec.env);
  environ = env.data();  // execvp searches in the tool's own PATH
  ::execvp(argv[0], argv.data());
  return errno;
}

Result<StepReport> run_on_host(const StepSpec& spec) {
  if (!spec.mounts.empty() || !spec.layers.empty())
    return Error(Code::invalid, "a tool that runs on the host has no image and no mounts");
  if (!spec.network) TB_TRY(isolate_network());
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Error::os(errno, "cannot make a pipe");
  UniqueFd read(ends[0]), write(ends[1]);
  pid_t tool = ::fork();
  if (tool < 0) return Error::os(errno, "cannot start a process");
  if (tool == 0) {
    int failed = exec_tool(spec);
    ssize_t ignored = ::write(write.get(), &failed, sizeof failed);
    ::_exit(ignored == sizeof failed ? kNotFound : kSetupFailed);
  }
  write.reset();
  int errnum = 0;
  if (::read(read.get(), &errnum, sizeof errnum) == sizeof errnum) {
    StepReport report = failure(Error::os(errnum, "cannot start '{}'", spec.argv[0]));
    report.exit_code = errnum == ENOENT ? kNotFound : kNotExecutable;
    return report;
  }
  int status = 0;
  for (pid_t pid = 0; pid != tool;) {
    pid = ::waitpid(-1, &status, 0);
    if (pid < 0 && errno != EINTR) return Error::os(errno, "cannot wait for '{}'", spec.argv[0]);
  }
  StepReport report;
  report.started = true;
  report.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return report;
}

}  // namespace

StepReport run_step_in_namespace(const StepSpec& spec) {
  auto report = spec.runtime.empty() ? run_on_host(spec) : run_in_container(spec);
  return report ? *std::move(report) : failure(report.error());
}

}  // namespace tierbuild::sandbox
