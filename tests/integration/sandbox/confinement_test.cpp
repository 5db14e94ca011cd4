#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <fstream>
#include <map>
#include <sstream>

#include "base/unique_fd.hpp"
#include "fixture.hpp"
#include "sandbox/cgroups.hpp"

namespace tierbuild::sandbox {
namespace {

// The errno of each call made inside a step.
std::map<std::string, int> calls_in_step(Image& image, std::vector<std::string> names) {
  const char* program = std::getenv("TIERBUILD_CALLS");
  REQUIRE(program != nullptr);
  stdfs::copy_file(program, image.base() / "bin/calls");
  names.insert(names.begin(), "calls");
  std::stringstream output(image.run(image.step(names)).output);
  std::map<std::string, int> errors;
  std::string name;
  for (int error = 0; output >> name >> error;) errors[name] = error;
  return errors;
}

std::string read(const stdfs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("system calls that reach outside a step are denied") {
  NEEDS_SANDBOX();
  Image image;
  std::vector<std::string> names{
      "mount", "umount",          "unshare",           "setns",      "keyctl",    "add_key",
      "bpf",   "perf_event_open", "open_by_handle_at", "clone_user", "clone_net", "vsock"};
  auto errors = calls_in_step(image, names);
  REQUIRE(errors.size() == names.size());
  for (const auto& [name, error] : errors) {
    CAPTURE(name);
    CHECK(error == EPERM);
  }
}

TEST_CASE("unknown system calls and clone3 do not exist, processes do") {
  NEEDS_SANDBOX();
  Image image;
  auto errors = calls_in_step(image, {"clone3", "unknown", "clone", "ptrace"});
  CHECK(errors ==
        std::map<std::string, int>{{"clone3", ENOSYS}, {"unknown", ENOSYS}, {"clone", 0}, {"ptrace", 0}});
}

TEST_CASE("flushing succeeds without being done") {
  NEEDS_SANDBOX();
  Image image;
  // Each of these fails where it is carried out: the descriptor or the page is not there.
  auto errors = calls_in_step(image, {"fsync", "fdatasync", "sync_file_range", "msync_sync", "msync_async"});
  CHECK(errors == std::map<std::string, int>{{"fsync", 0},
                                             {"fdatasync", 0},
                                             {"sync_file_range", 0},
                                             {"msync_sync", 0},
                                             {"msync_async", ENOMEM}});
}

TEST_CASE("a step has the descriptors 0 to 2 only") {
  NEEDS_SANDBOX();
  Image image;
  UniqueFd leaked(::dup2(2, 77));  // the helper inherits it
  // The shell expands the pattern, with a descriptor of its own on the directory it reads.
  CHECK(image.run(image.shell("cd /proc/self/fd; for f in *; do test -e $f && echo -n $f; done")).output ==
        "012");
}

TEST_CASE("no device that a step makes leads to the host's disks") {
  NEEDS_SANDBOX();
  Image image;
  auto output = image
                    .run(image.shell("for d in /dev/d /tmp/d; do mknod $d b 1 0; dd if=$d bs=1 count=1; done;"
                                     " mknod /tmp/null c 1 3 && echo x > /tmp/null && echo harmless"))
                    .output;
  CHECK_THAT(output, Catch::Contains("dd: can't open '/tmp/d'"));
  CHECK_THAT(output, Catch::Contains("dd: can't open '/dev/d'"));
  if (Cgroups::detect().version != Cgroups::Version::none) CHECK_THAT(output, Catch::EndsWith("harmless\n"));
}

TEST_CASE("a device in a layer leads nowhere") {
  NEEDS_SANDBOX();
  Image image;
  REQUIRE(::mknod((image.base() / "disk").c_str(), S_IFBLK | 0666, makedev(1, 0)) == 0);
  CHECK_THAT(image.run(image.shell("dd if=/disk bs=1 count=1")).output,
             Catch::Contains("dd: can't open '/disk'"));
}

TEST_CASE("a working directory under /proc, /sys or /dev is refused, directly and through a symlink") {
  NEEDS_SANDBOX();
  Image image;
  stdfs::create_directory_symlink("/proc/self/fd/7", image.base() / "link");
  stdfs::create_directory_symlink("../../proc/self", image.base() / "tmp" / "up");
  for (int fd : {0, 3, 7, 8, 100}) {
    StepSpec spec = image.shell("ls");
    spec.cwd = "/proc/self/fd/" + std::to_string(fd);
    CHECK(image.refused(spec).exit_code == 125);
    CHECK(Image::files_in(spec.upper).empty());
  }
  for (const char* cwd :
       {"/link", "/link/x", "/tmp/up/fd/7", "/sys/kernel", "/dev/../proc/self", "relative", "/etc/passwd"}) {
    StepSpec spec = image.shell("ls");
    spec.cwd = cwd;
    CAPTURE(cwd);
    CHECK(image.refused(spec).exit_code == 125);
  }
}

TEST_CASE("symlinks in the image lead to no file of the host") {
  NEEDS_SANDBOX();
  Image image;
  auto canary = image.temp().write("canary/passwd", "victim:x:0:0::/:/bin/sh\n");
  stdfs::remove(image.base() / "etc/passwd");
  stdfs::create_symlink(canary, image.base() / "etc/passwd");
  stdfs::create_symlink(canary.parent_path() / "resolv.conf", image.base() / "etc/resolv.conf");
  StepSpec named = image.shell("id -u");
  named.user = "victim";
  CHECK_THAT(image.refused(named).error, Catch::Contains("the image has no user 'victim'"));

  StepSpec spec = image.shell("cat /etc/resolv.conf > /dev/null && echo read");
  spec.network = true;
  auto finished = image.run(spec);
  CHECK(finished.output == "read\n");
  CHECK_FALSE(stdfs::exists(canary.parent_path() / "resolv.conf"));
  CHECK(Image::files_in(spec.upper).empty());
  CHECK(read(canary) == "victim:x:0:0::/:/bin/sh\n");
}

TEST_CASE("an image whose /proc, /sys or /dev is no directory is refused and the host untouched") {
  NEEDS_SANDBOX();
  for (const char* name : {"proc", "sys", "dev"})
    for (const char* kind : {"symlink", "fifo", "file"}) {
      Image image;
      stdfs::path victim = image.temp() / "victim";
      stdfs::create_directory(victim);
      stdfs::remove(image.base() / name);
      if (kind == std::string("symlink")) stdfs::create_directory_symlink(victim, image.base() / name);
      if (kind == std::string("fifo")) REQUIRE(::mkfifo((image.base() / name).c_str(), 0600) == 0);
      if (kind == std::string("file")) image.temp().write(std::string("layers/base/") + name, "");
      CAPTURE(name, kind);
      CHECK_THAT(image.refused(image.shell("true")).error, Catch::Contains("is not a directory"));
      CHECK(stdfs::is_empty(victim));
    }
}

TEST_CASE("mount targets and sources stay inside") {
  NEEDS_SANDBOX();
  Image image;
  stdfs::path victim = image.temp() / "victim";
  stdfs::create_directories(victim / "inner");
  stdfs::create_directory_symlink(victim, image.base() / "out");
  stdfs::create_directory_symlink("/", image.base() / "everything");
  stdfs::create_directory_symlink("/proc", image.base() / "process");
  image.temp().write("context/file", "x");
  StepMount mount;
  mount.source = image.temp() / "context";
  StepSpec spec = image.shell("cat " + victim.string() + "/new/file");
  mount.target = "/out/new";
  spec.mounts = {mount};
  CHECK(image.run(spec).output == "x");
  CHECK_FALSE(stdfs::exists(victim / "new"));
  CHECK(stdfs::is_empty(spec.upper + "/tmp"));

  for (const char* target :
       {"/", "/proc", "/proc/sys/kernel", "/sys/x", "/dev", "/process/1", "/a/../proc/x"}) {
    spec = image.shell("true");
    mount.target = target;
    spec.mounts = {mount};
    CAPTURE(target);
    CHECK(image.refused(spec).exit_code == 125);
  }

  spec = image.shell("ls -d /mnt/bin /mnt" + victim.string());
  mount.kind = StepMount::Kind::layers;
  mount.target = "/mnt";
  mount.layers = {{"base"}, "/everything/../../.."};
  spec.mounts = {mount};
  auto finished = image.run(spec);
  CHECK_THAT(finished.output, Catch::Contains("/mnt/bin\n"));
  CHECK_THAT(finished.output, Catch::Contains("No such file"));

  spec = image.shell("ls /mnt");
  stdfs::create_directory_symlink("/", image.temp() / "context" / "host");
  mount.kind = StepMount::Kind::bind;
  mount.source = image.temp() / "context" / "host";
  spec.mounts = {mount};
  CHECK_THAT(image.refused(spec).error, Catch::Contains("symbolic links"));
}

}  // namespace tierbuild::sandbox
