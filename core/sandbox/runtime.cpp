#include "sandbox/runtime.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "base/strings.hpp"
#include "base/subprocess.hpp"
#include "sandbox/step_process.hpp"

namespace tierbuild::sandbox {
namespace {

namespace stdfs = std::filesystem;

std::string version_of(const std::string& runtime) {
  auto printed = run_command({{runtime, "--version"}, {}, "", ""});
  if (!printed) return "";
  std::string_view first = split(printed->out, '\n')[0];
  return std::string(trim(first.substr(first.rfind(' ') + 1)));
}

// A step whose image is empty but for the host's programs, seen read-only.
Result<StepSpec> probe_step(const std::string& runtime, const stdfs::path& scratch) {
  StepSpec spec;
  spec.id = fmt::format("probe-{}-{}", ::getpid(), scratch.filename().string());
  spec.runtime = runtime;
  spec.scratch = scratch / "scratch";
  spec.upper = scratch / "upper";
  std::error_code failure;
  stdfs::create_directories(spec.scratch, failure);
  if (!failure) stdfs::create_directories(spec.upper, failure);
  if (failure) return Error::os(failure.value(), "cannot create '{}'", spec.scratch);
  for (const char* path : {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/usr", "/nix/store"}) {
    stdfs::path source = stdfs::canonical(path, failure);
    if (failure) continue;
    StepMount mount;
    mount.target = path;
    mount.source = source;
    spec.mounts.push_back(mount);
  }
  spec.argv = {"true"};
  return spec;
}

Status probe(const std::string& helper, const std::string& runtime, const stdfs::path& scratch) {
  TB_LET(StepSpec spec, probe_step(runtime, scratch));
  spec.user_xattr = in_user_namespace();
  TB_LET(FinishedStep finished, run_step(helper, spec));
  if (finished.report.started && finished.report.exit_code == 0) return {};
  return Error(Code::host_lacks,
               finished.report.error.empty()
                   ? fmt::format("a container ended with status {}", finished.report.exit_code)
                   : finished.report.error);
}

bool is_executable(const stdfs::path& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

Result<Runtime> probe_runtime(const std::string& override_path, const stdfs::path& scratch,
                              std::vector<Attempt>* attempts) {
  TB_LET(std::string helper, find_helper());
  std::vector<Attempt> tried;
  if (override_path.empty())
    tried = {{"crun", find_program("crun"), ""}, {"runc", find_program("runc"), ""}};
  else
    tried = {{stdfs::path(override_path).filename(), override_path, ""}};
  Result<Runtime> found = Error(Code::host_lacks, "no OCI runtime starts a container on this host");
  std::string reasons;
  for (Attempt& attempt : tried) {
    if (found) {
      attempt.reason = "not tried: another one works";
      continue;
    }
    if (!is_executable(attempt.path)) {
      attempt.reason = attempt.path.empty() ? "not installed" : "not an executable file";
    } else if (Status works = probe(helper, attempt.path, scratch / attempt.name); works) {
      found = Runtime{attempt.name, attempt.path, version_of(attempt.path)};
    } else {
      attempt.reason = works.error().str();
    }
    reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ",
                           override_path.empty() ? attempt.name : attempt.path, attempt.reason);
  }
  bool installed =
      std::any_of(tried.begin(), tried.end(), [](const Attempt& one) { return !one.path.empty(); });
  if (attempts != nullptr) *attempts = std::move(tried);
  if (found) return found;
  std::string hint = "apt-get install crun runc";
  if (installed) hint = "this host refuses what a container needs, as a plain chroot does: try outside of it";
  if (!override_path.empty()) hint = "unset TIERBUILD_RUNTIME, or set it to the path of crun or runc";
  return Error::make(Code::host_lacks, "no OCI runtime starts a container on this host ({})", reasons)
      .hint(std::move(hint));
}

bool in_user_namespace() {
  std::ifstream in("/proc/self/uid_map");
  uint64_t inside = 0, outside = 0, count = 0;
  in >> inside >> outside >> count;
  return in && (inside != 0 || outside != 0 || count != UINT32_MAX);
}

Result<std::string> find_helper() {
  constexpr const char* kName = "tierbuild-step";
  if (const char* named = std::getenv("TIERBUILD_STEP"); named != nullptr && *named != '\0') {
    if (is_executable(named)) return std::string(named);
    return Error::make(Code::host_lacks, "'{}' is not an executable file", named)
        .hint("unset TIERBUILD_STEP, or set it to the path of tierbuild-step");
  }
  std::error_code failure;
  stdfs::path here = stdfs::read_symlink("/proc/self/exe", failure).parent_path();
  for (const stdfs::path& candidate : {here / kName, here.parent_path() / "libexec" / "tierbuild" / kName})
    if (is_executable(candidate)) return candidate.string();
  return Error::make(Code::host_lacks, "the program '{}' is neither in '{}' nor in '{}'", kName,
                     here.string(), (here.parent_path() / "libexec" / "tierbuild").string())
      .hint("install tierbuild again, or set TIERBUILD_STEP");
}

}  // namespace tierbuild::sandbox
