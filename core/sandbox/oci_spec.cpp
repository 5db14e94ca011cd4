#include "sandbox/oci_spec.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "sandbox/seccomp.hpp"

namespace tierbuild::sandbox {
namespace {

using nlohmann::json;

constexpr uint64_t kDefaultPids = 32768;
constexpr uint64_t kOpenFiles = 1048576;
constexpr int64_t kCpuPeriodMicroseconds = 100'000;

bool has_variable(const std::vector<std::string>& env, std::string_view prefix) {
  return std::any_of(env.begin(), env.end(),
                     [&](const auto& variable) { return variable.starts_with(prefix); });
}

json capabilities(const Cgroups& cgroups) {
  json names{"CAP_CHOWN",      "CAP_DAC_OVERRIDE", "CAP_FSETID",     "CAP_FOWNER",  "CAP_NET_RAW",
             "CAP_SETGID",     "CAP_SETUID",       "CAP_SETFCAP",    "CAP_SETPCAP", "CAP_NET_BIND_SERVICE",
             "CAP_SYS_CHROOT", "CAP_KILL",         "CAP_AUDIT_WRITE"};
  if (cgroups.version != Cgroups::Version::none) names.push_back("CAP_MKNOD");
  return {{"bounding", names}, {"effective", names}, {"permitted", names}};
}

// Those that the step names replace those that every step has.
json rlimits(const StepSpec& step) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  uint64_t most = std::min<uint64_t>(kOpenFiles, files.rlim_max);
  std::map<std::string, Rlimit> all{{"RLIMIT_NOFILE", {"", most, most}}, {"RLIMIT_CORE", {"", 0, 0}}};
  for (const Rlimit& limit : step.rlimits) all[limit.type] = limit;
  json out = json::array();
  for (const auto& [type, limit] : all)
    out.push_back({{"type", type}, {"soft", limit.soft}, {"hard", limit.hard}});
  return out;
}

json process(const StepSpec& step, const Identity& identity, const Cgroups& cgroups) {
  std::vector<std::string> env = step.env;
  if (!has_variable(env, "PATH=")) env.push_back(fmt::format("PATH={}", kDefaultPath));
  if (!has_variable(env, "HOME=")) env.push_back("HOME=" + identity.home);
  json user{{"uid", identity.uid}, {"gid", identity.gid}, {"umask", 022}};
  std::vector<uint32_t> groups = identity.groups;
  // As docker has it. A user namespace need not let a process set its groups.
  if (!step.user_xattr && std::find(groups.begin(), groups.end(), identity.gid) == groups.end())
    groups.push_back(identity.gid);
  if (!groups.empty()) user["additionalGids"] = groups;
  return {{"terminal", false},        {"user", user},
          {"args", step.argv},        {"env", env},
          {"cwd", step.cwd},          {"capabilities", capabilities(cgroups)},
          {"rlimits", rlimits(step)}, {"noNewPrivileges", false}};
}

json mount(std::string_view target, std::string_view type, std::string_view source,
           std::vector<std::string> options) {
  return {{"destination", target}, {"type", type}, {"source", source}, {"options", std::move(options)}};
}

json default_mounts(const StepSpec& step) {
  std::vector<std::string> terminals{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"};
  if (!step.user_xattr) terminals.emplace_back("gid=5");  // a group that a user namespace need not have
  json out = json::array();
  out.push_back(mount("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}));
  out.push_back(mount("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}));
  out.push_back(mount("/dev/pts", "devpts", "devpts", terminals));
  out.push_back(mount("/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}));
  out.push_back(mount("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}));
  if (!needs_host_sysfs(step))
    out.push_back(mount("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}));
  return out;
}

json resources(const Limits& limits, const Cgroups& cgroups) {
  json out{{"devices", json::array({{{"allow", false}, {"access", "rwm"}}})}};
  if (limits.memory > 0) {
    out["memory"]["limit"] = limits.memory;
    if (cgroups.swap) out["memory"]["swap"] = limits.memory;  // memory and swap together: no swap
  }
  if (limits.cpus > 0) {
    auto quota = static_cast<int64_t>(limits.cpus * static_cast<double>(kCpuPeriodMicroseconds));
    out["cpu"] = {{"quota", std::max<int64_t>(quota, 1000)}, {"period", kCpuPeriodMicroseconds}};
  }
  if (cgroups.pids) out["pids"] = {{"limit", limits.pids > 0 ? limits.pids : kDefaultPids}};
  return out;
}

json namespaces(const StepSpec& step) {
  json out = json::array({{{"type", "pid"}}, {{"type", "ipc"}}, {{"type", "uts"}}, {{"type", "mount"}}});
  if (!step.network) out.push_back({{"type", "network"}});
  if (::access("/proc/self/ns/cgroup", F_OK) == 0) out.push_back({{"type", "cgroup"}});
  return out;
}

json linux_part(const StepSpec& step, const Cgroups& cgroups) {
  json out{{"namespaces", namespaces(step)},
           {"seccomp", json::parse(seccomp_profile())},
           {"maskedPaths",
            {"/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys",
             "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
             "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"}},
           {"readonlyPaths", {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}}};
  if (cgroups.version == Cgroups::Version::none) return out;
  out["cgroupsPath"] = Cgroups::path(step.id);
  out["resources"] = resources(step.limits, cgroups);
  return out;
}

}  // namespace

bool needs_host_sysfs(const StepSpec& step) {
  return step.user_xattr && step.network;
}

Result<std::string> oci_spec(const StepSpec& step, const Identity& identity, const std::string& rootfs,
                             const std::vector<PreparedMount>& mounts, const Cgroups& cgroups) {
  try {
    json spec{{"ociVersion", "1.0.2"},          {"root", {{"path", rootfs}, {"readonly", false}}},
              {"hostname", step.hostname},      {"process", process(step, identity, cgroups)},
              {"mounts", default_mounts(step)}, {"linux", linux_part(step, cgroups)}};
    for (const PreparedMount& prepared : mounts)
      spec["mounts"].push_back(mount(prepared.target, prepared.type, prepared.source, prepared.options));
    return spec.dump();
  } catch (const std::exception& error) {
    return Error::make(Code::invalid, "the step cannot be described to an OCI runtime: {}", error.what());
  }
}

}  // namespace tierbuild::sandbox
