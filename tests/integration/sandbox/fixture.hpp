// A small image made of busybox, and steps that run in it.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include "sandbox/runtime.hpp"
#include "sandbox/step_process.hpp"
#include "support/temp.hpp"

namespace tierbuild::sandbox {

namespace stdfs = std::filesystem;

/// Why no step can run here; empty if one can. Looked up once.
inline const std::string& obstacle() {
  static const std::string kObstacle = [] {
    if (::geteuid() != 0) return std::string("root is needed");
    if (!stdfs::exists("/bin/busybox")) return std::string("the package busybox-static is not installed");
    test::Temp temp;
    auto runtime = probe_runtime("", temp.path());
    return runtime ? std::string() : runtime.error().str();
  }();
  return kObstacle;
}

inline const std::string& runtime_path() {
  static const std::string kPath = [] {
    test::Temp temp;
    auto runtime = probe_runtime("", temp.path());
    return runtime ? runtime->path : std::string();
  }();
  return kPath;
}

class Image {
 public:
  Image() {
    for (const char* directory : {"bin", "etc", "tmp", "root", "proc", "sys", "dev"})
      stdfs::create_directories(temp_ / "layers" / "base" / directory);
    stdfs::copy_file("/bin/busybox", base() / "bin/busybox");
    for (const char* applet :
         {"sh",  "cat", "ls",     "echo", "id",   "ip",    "sleep", "touch", "rm",       "mkdir", "test",
          "env", "pwd", "setsid", "true", "stat", "mknod", "ln",    "mv",    "hostname", "dd",    "grep"})
      stdfs::create_symlink("busybox", base() / "bin" / applet);
    temp_.write("layers/base/etc/passwd",
                "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n");
    temp_.write("layers/base/etc/group", "root:x:0:\napp:x:1000:\nvideo:x:44:app\n");
  }

  stdfs::path base() const { return temp_ / "layers" / "base"; }
  const test::Temp& temp() const { return temp_; }
  std::string helper() const { return find_helper().value(); }

  /// A step of its own scratch and upper directories.
  StepSpec step(std::vector<std::string> argv) {
    std::string name = "step-" + std::to_string(++steps_);
    StepSpec spec;
    spec.id = "test-" + std::to_string(::getpid()) + "-" + temp_.path().filename().string() + "-" + name;
    spec.runtime = runtime_path();
    spec.layers_root = temp_ / "layers";
    spec.layers = {"base"};
    spec.scratch = temp_ / name / "scratch";
    spec.upper = temp_ / name / "upper";
    stdfs::create_directories(spec.scratch);
    stdfs::create_directories(spec.upper);
    spec.argv = std::move(argv);
    return spec;
  }
  StepSpec shell(const std::string& script) { return step({"sh", "-c", script}); }

  /// Runs a step whose sandbox must come up.
  FinishedStep run(const StepSpec& spec) {
    auto finished = run_step(helper(), spec);
    REQUIRE_OK(finished);
    INFO(finished->output);
    INFO(finished->report.error);
    REQUIRE(finished->report.started);
    return *finished;
  }
  /// Runs a step that cannot be set up, and returns its report.
  StepReport refused(const StepSpec& spec) {
    auto finished = run_step(helper(), spec);
    REQUIRE_OK(finished);
    INFO(finished->output);
    REQUIRE_FALSE(finished->report.started);
    return finished->report;
  }

  /// The paths in an upper directory that are no directories.
  static std::set<std::string> files_in(const std::string& upper) {
    std::set<std::string> out;
    for (const auto& entry : stdfs::recursive_directory_iterator(upper))
      if (entry.is_symlink() || !entry.is_directory()) out.insert(stdfs::relative(entry.path(), upper));
    return out;
  }

 private:
  test::Temp temp_;
  int steps_ = 0;
};

}  // namespace tierbuild::sandbox

/// Leaves the test, saying why, where no step can run.
#define NEEDS_SANDBOX()                                    \
  if (!::tierbuild::sandbox::obstacle().empty()) {         \
    WARN("SKIPPED: " << ::tierbuild::sandbox::obstacle()); \
    return;                                                \
  }
