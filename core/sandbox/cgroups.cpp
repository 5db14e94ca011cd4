#include "sandbox/cgroups.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <filesystem>
#include <fstream>

namespace tierbuild::sandbox {
namespace {

namespace stdfs = std::filesystem;

constexpr time_t kStaleAfterSeconds = 60;

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

bool can_make_groups_in(const std::string& hierarchy) {
  std::string group = hierarchy + "/tierbuild";
  if (::mkdir(group.c_str(), 0755) == 0) return true;
  return errno == EEXIST && ::access(group.c_str(), W_OK | X_OK) == 0;
}

// The `tierbuild` group in each hierarchy.
std::vector<std::string> parents(const Cgroups& cgroups) {
  if (cgroups.version == Cgroups::Version::none) return {};
  if (cgroups.version == Cgroups::Version::v2) return {cgroups.root + "/tierbuild"};
  std::vector<std::string> out;
  std::error_code ignored;
  for (const auto& entry : stdfs::directory_iterator(cgroups.root, ignored))
    if (!entry.is_symlink(ignored) && exists(entry.path().string() + "/tierbuild"))
      out.push_back(entry.path().string() + "/tierbuild");
  return out;
}

// A group can be removed a moment after its last process was reaped.
void remove_group(const std::string& path) {
  constexpr timespec kPause{0, 1'000'000};
  for (int attempt = 0; attempt < 50; ++attempt) {
    if (::rmdir(path.c_str()) == 0 || errno != EBUSY) return;
    ::nanosleep(&kPause, nullptr);
  }
}

void remove_stale(const std::string& parent) {
  std::error_code ignored;
  for (const auto& entry : stdfs::directory_iterator(parent, ignored)) {
    struct stat info {};
    if (::lstat(entry.path().c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) continue;
    if (info.st_ctime + kStaleAfterSeconds < ::time(nullptr)) ::rmdir(entry.path().c_str());
  }
}

}  // namespace

Cgroups Cgroups::detect(const std::string& root) {
  Cgroups found;
  found.root = root;
  if (exists(root + "/cgroup.controllers")) {
    if (!can_make_groups_in(root)) return found;
    found.version = Version::v2;
    std::ifstream in(root + "/cgroup.controllers");
    for (std::string name; in >> name;) {
      if (name == "memory") found.memory = found.swap = true;
      if (name == "cpu") found.cpu = true;
      if (name == "pids") found.pids = true;
    }
    return found;
  }
  if (!exists(root + "/devices") || !can_make_groups_in(root + "/devices")) return found;
  found.version = Version::v1;
  found.memory = exists(root + "/memory/memory.limit_in_bytes");
  found.swap = exists(root + "/memory/memory.memsw.limit_in_bytes");
  found.cpu = exists(root + "/cpu");
  found.pids = exists(root + "/pids");
  return found;
}

Status Cgroups::check(const Limits& limits) const {
  std::string_view missing;
  if (limits.memory > 0 && !memory) missing = "memory";
  if (limits.cpus > 0 && !cpu) missing = "cpu";
  if (limits.pids > 0 && !pids) missing = "pids";
  if (missing.empty()) return {};
  return Error::make(Code::host_lacks, "the step has a limit, but the '{}' cgroup cannot be used here",
                     missing)
      .hint("drop the limit, or run where /sys/fs/cgroup can be written");
}

bool Cgroups::out_of_memory(const std::string& id) const {
  if (version == Version::none) return false;
  std::ifstream in(version == Version::v2 ? root + path(id) + "/memory.events"
                                          : root + "/memory" + path(id) + "/memory.oom_control");
  std::string name;
  for (uint64_t count = 0; in >> name >> count;)
    if (name == "oom_kill" && count > 0) return true;
  return false;
}

void Cgroups::remove(const std::string& id) const {
  for (const std::string& parent : parents(*this)) {
    remove_group(parent + "/" + id);
    remove_stale(parent);
  }
}

}  // namespace tierbuild::sandbox
