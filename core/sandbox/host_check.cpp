#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/strings.hpp"
#include "base/subprocess.hpp"
#include "sandbox/cgroups.hpp"
#include "sandbox/runtime.hpp"
#include "sandbox/step_process.hpp"

namespace tierbuild::sandbox {
namespace {

namespace stdfs = std::filesystem;

std::string first_line(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

// Mounts one in a namespace of its own; the kernel loads the module if it has one.
HostCheck check_overlay(const stdfs::path& scratch) {
  HostCheck check{"overlayfs", false, true, "", "modprobe overlay; keep the store on ext4, xfs or btrfs"};
  std::error_code failure;
  for (const char* name : {"lower", "upper", "work", "merged"})
    stdfs::create_directories(scratch / name, failure);
  StepSpec spec;
  spec.id = "overlay-check";
  spec.scratch = scratch;
  spec.cwd = scratch;
  spec.argv = {"mount", "-t", "overlay", "overlay", "-o", "lowerdir=lower,upperdir=upper,workdir=work",
               "merged"};
  if (in_user_namespace()) spec.argv[5] += ",userxattr";
  auto helper = find_helper();
  if (!helper) {
    check.detail = helper.error().str();
    return check;
  }
  auto finished = run_step(*helper, spec);
  check.ok = finished && finished->report.started && finished->report.exit_code == 0;
  if (check.ok)
    check.detail = "mounts on the store's file system";
  else if (!finished)
    check.detail = finished.error().str();
  else
    check.detail = finished->report.error + std::string(trim(finished->output));
  return check;
}

HostCheck check_user_namespaces() {
  HostCheck check{"user namespaces", true, ::geteuid() != 0, "", ""};
  std::string most = first_line("/proc/sys/user/max_user_namespaces");
  std::string unprivileged = first_line("/proc/sys/kernel/unprivileged_userns_clone");
  std::string restricted = first_line("/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
  if (most.empty() || most == "0") check.fix = "sysctl -w user.max_user_namespaces=15000";
  if (unprivileged == "0") check.fix = "sysctl -w kernel.unprivileged_userns_clone=1";
  if (restricted == "1") check.fix = "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
  if (find_program("newuidmap").empty()) check.fix = "apt install uidmap";
  check.ok = check.fix.empty();
  check.detail = check.ok ? "builds without root are possible" : "builds without root are not possible";
  return check;
}

HostCheck check_cgroups() {
  Cgroups cgroups = Cgroups::detect();
  HostCheck check{"cgroups", cgroups.version != Cgroups::Version::none, false, "", ""};
  if (!check.ok) {
    check.detail = "cannot be written: limits of steps cannot be kept";
    check.fix = "run as root, with /sys/fs/cgroup mounted writable";
    return check;
  }
  check.detail = cgroups.version == Cgroups::Version::v2 ? "version 2:" : "version 1:";
  if (cgroups.memory) check.detail += " memory";
  if (cgroups.cpu) check.detail += " cpu";
  if (cgroups.pids) check.detail += " pids";
  return check;
}

HostCheck check_seccomp() {
  HostCheck check{"seccomp", false, true, "", "use a kernel with CONFIG_SECCOMP_FILTER"};
  check.detail = first_line("/proc/sys/kernel/seccomp/actions_avail");
  check.ok = check.detail.find("errno") != std::string::npos;
  if (check.ok) check.fix.clear();
  return check;
}

HostCheck check_runtime(const stdfs::path& scratch) {
  HostCheck check{"oci runtime", false, true, "", ""};
  const char* named = std::getenv("TIERBUILD_RUNTIME");
  std::vector<Attempt> attempts;
  auto runtime = probe_runtime(named == nullptr ? "" : named, scratch, &attempts);
  check.ok = static_cast<bool>(runtime);
  if (runtime)
    check.detail = fmt::format("{} {} ({})", runtime->name, runtime->version, runtime->path);
  else
    check.fix = runtime.error().hint();
  if (!runtime && attempts.empty()) check.detail = runtime.error().str();
  for (const Attempt& attempt : attempts)
    if (!attempt.reason.empty())
      check.detail += fmt::format("{}{}: {}", check.detail.empty() ? "" : "; ", attempt.name, attempt.reason);
  return check;
}

HostCheck check_mmdebstrap() {
  HostCheck check{"mmdebstrap", true, false, find_program("mmdebstrap"), ""};
  if (!check.detail.empty()) return check;
  return {"mmdebstrap", false, false, "not installed: Debian bases cannot be made", "apt install mmdebstrap"};
}

}  // namespace

std::vector<HostCheck> check_host(const stdfs::path& scratch) {
  std::vector<HostCheck> checks;
  checks.push_back(check_overlay(scratch / "overlay"));
  if (checks.back().ok) checks.back().fix.clear();
  checks.push_back(check_user_namespaces());
  checks.push_back(check_cgroups());
  checks.push_back(check_seccomp());
  checks.push_back(check_runtime(scratch / "runtime"));
  checks.push_back(check_mmdebstrap());
  return checks;
}

}  // namespace tierbuild::sandbox
