#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "fixture.hpp"
#include "sandbox/cache_mounts.hpp"

namespace tierbuild::sandbox {
namespace {

StepMount cache_mount(const Image& image, const std::string& id, Sharing sharing) {
  StepMount mount;
  mount.kind = StepMount::Kind::cache;
  mount.target = "/cache";
  mount.source = image.temp() / "caches" / CacheMounts::identity(id, mount.target);
  mount.sharing = sharing;
  return mount;
}

// Runs a script in two helpers at once, each with the cache mounted.
std::vector<FinishedStep> run_two(Image& image, const std::string& script, const StepMount& mount) {
  std::vector<FinishedStep> finished(2);
  std::vector<StepSpec> specs{image.shell(script), image.shell(script)};
  std::vector<std::thread> threads;
  std::string helper = image.helper();
  for (size_t i = 0; i < 2; ++i) {
    specs[i].mounts = {mount};
    threads.emplace_back([&, i] {
      if (auto result = run_step(helper, specs[i])) finished[i] = *result;
    });
  }
  for (std::thread& thread : threads) thread.join();
  return finished;
}

// Waits for the other step, so many tenths of a second, and says whether it came.
std::string meet(int tenths) {
  return "echo x >> /cache/here; i=0; while test $i -lt " + std::to_string(tenths) +
         "; do i=$((i+1)); test $(grep -c x /cache/here) = 2 && echo met && exit 0; sleep 0.1; done;"
         " rm /cache/here; echo alone";
}

}  // namespace

TEST_CASE("a shared cache is one directory for steps that run at the same time") {
  NEEDS_SANDBOX();
  Image image;
  for (const auto& step : run_two(image, meet(100), cache_mount(image, "pip", Sharing::shared)))
    CHECK(step.output == "met\n");
}

TEST_CASE("a locked cache lets one step at a time in") {
  NEEDS_SANDBOX();
  Image image;
  for (const auto& step : run_two(image, meet(10), cache_mount(image, "apt", Sharing::locked)))
    CHECK(step.output == "alone\n");
}

TEST_CASE("a private cache gives each of two steps its own directory, and a later step takes one again") {
  NEEDS_SANDBOX();
  Image image;
  StepMount mount = cache_mount(image, "go", Sharing::private_);
  auto steps = run_two(image, "ls /cache; touch /cache/seen; sleep 1", mount);
  CHECK(steps[0].output.empty());
  CHECK(steps[1].output.empty());
  StepSpec later = image.shell("ls /cache");
  later.mounts = {mount};
  CHECK(image.run(later).output == "seen\n");
}

TEST_CASE("a step with one locked cache at two places does not wait for itself") {
  NEEDS_SANDBOX();
  Image image;
  StepSpec spec = image.shell("touch /cache/a; ls /again");
  spec.mounts = {cache_mount(image, "x", Sharing::locked), cache_mount(image, "x", Sharing::locked)};
  spec.mounts[1].target = "/again";
  CHECK(image.run(spec).output == "a\n");
}

TEST_CASE("what a step mounts leaves nothing in its layer") {
  NEEDS_SANDBOX();
  Image image;
  image.temp().write("context/file", "from the host");
  image.temp().write("layers/tools/opt/tool/run", "from a layer");
  StepSpec spec = image.shell(
      "cat /src/file /copy /tool/run /run/secrets/token; touch /cache/kept /big/x /tool/own; echo no > "
      "/src/file;"
      " stat -c '%a %u %g' /run/secrets/token /big; ls /dev/shm/there");
  StepMount bind;
  bind.target = "/src";
  bind.source = image.temp() / "context";
  StepMount file = bind;
  file.target = "/copy";
  file.source += "/file";
  StepMount tool;
  tool.kind = StepMount::Kind::layers;
  tool.target = "/tool";
  tool.layers = {{"base", "tools"}, "/opt/tool"};
  tool.read_only = false;
  StepMount secret;
  secret.kind = StepMount::Kind::secret;
  secret.target = "/run/secrets/token";
  secret.secret = std::string("se\0cret\xff", 8);
  secret.mode = 0400;
  secret.uid = 1000;
  StepMount memory;
  memory.kind = StepMount::Kind::tmpfs;
  memory.target = "/big";
  memory.size = 1 << 20;
  memory.mode = 01777;
  StepMount device = bind;
  device.target = "/dev/shm/there";
  spec.mounts = {bind, file, tool, secret, memory, cache_mount(image, "c", Sharing::shared), device};
  auto finished = image.run(spec);
  CHECK_THAT(finished.output,
             Catch::StartsWith("from the hostfrom the hostfrom a layer" + std::string("se\0cret\xff", 8)));
  CHECK_THAT(finished.output, Catch::Contains("Read-only file system"));
  CHECK_THAT(finished.output, Catch::Contains("400 1000 0\n1777 0 0\nfile\n"));
  CHECK(stdfs::is_empty(spec.upper));
  CHECK_FALSE(stdfs::exists(image.temp() / "layers/tools/opt/tool/own"));
  CHECK(stdfs::exists(spec.mounts[5].source + "/kept"));
  CHECK(finished.report.mount_points.size() == 8);
}

TEST_CASE("a mount inside another mount") {
  NEEDS_SANDBOX();
  Image image;
  stdfs::create_directories(image.temp() / "context" / "node_modules");
  StepSpec spec = image.shell("touch /src/node_modules/made; ls /src/node_modules; touch /src/x");
  StepMount outer;
  outer.target = "/src";
  outer.source = image.temp() / "context";
  StepMount inner = cache_mount(image, "npm", Sharing::shared);
  inner.target = "/src/node_modules";
  spec.mounts = {inner, outer};
  CHECK_THAT(image.run(spec).output, Catch::StartsWith("made\n"));
  CHECK(stdfs::is_empty(image.temp() / "context" / "node_modules"));
}

TEST_CASE("what a step writes on a mount point's directory stays in its layer") {
  NEEDS_SANDBOX();
  Image image;
  image.temp().write("context/file", "x");
  StepSpec spec = image.shell("touch /opt/own");
  StepMount mount;
  mount.target = "/opt/src";
  mount.source = image.temp() / "context";
  spec.mounts = {mount};
  auto finished = image.run(spec);
  CHECK(Image::files_in(spec.upper) == std::set<std::string>{"opt/own"});
  CHECK_FALSE(stdfs::exists(spec.upper + "/opt/src"));
}

TEST_CASE("secrets are neither on a disk nor in a command line while the step runs, nor afterwards") {
  NEEDS_SANDBOX();
  Image image;
  const std::string canary = "canary-3f1c9a77";
  StepSpec spec = image.shell("test $(cat /secret) = \"$FROM_ENV\" && echo same; sleep 0.7");
  StepMount secret;
  secret.kind = StepMount::Kind::secret;
  secret.target = "/secret";
  secret.secret = canary;
  spec.mounts = {secret};
  spec.env = {"PATH=/bin", "FROM_ENV=" + canary};
  auto holds_canary = [&](const stdfs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {}).find(canary) != std::string::npos;
  };
  auto check_all = [&] {
    for (const auto& entry : stdfs::recursive_directory_iterator(image.temp().path()))
      if (entry.is_regular_file() && entry.file_size() < 100'000) CHECK_FALSE(holds_canary(entry.path()));
    for (const auto& entry : stdfs::directory_iterator("/proc"))
      if (stdfs::exists(entry.path() / "cmdline")) CHECK_FALSE(holds_canary(entry.path() / "cmdline"));
  };
  FinishedStep finished;
  std::thread running([&, helper = image.helper()] {
    if (auto result = run_step(helper, spec)) finished = *result;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  check_all();
  running.join();
  CHECK(finished.output == "same\n");
  check_all();
}

}  // namespace tierbuild::sandbox
