#include <fstream>

#include "fixture.hpp"

namespace tierbuild::sandbox {

TEST_CASE("a step's output and exit status come through") {
  NEEDS_SANDBOX();
  Image image;
  auto finished = image.run(image.shell("echo to stdout; echo to stderr >&2; exit 7"));
  CHECK(finished.output == "to stdout\nto stderr\n");
  CHECK(finished.report.exit_code == 7);
  CHECK(finished.report.error.empty());
}

TEST_CASE("a step that is killed ends with 128 and the signal") {
  NEEDS_SANDBOX();
  Image image;
  CHECK(image.run(image.shell("sh -c 'kill -9 $$'; exit $?")).report.exit_code == 137);
}

TEST_CASE("a command that is not in the image is named with where it was looked for") {
  NEEDS_SANDBOX();
  Image image;
  StepSpec spec = image.step({"no-such-tool", "--flag"});
  spec.env = {"PATH=/bin:/opt/bin"};
  auto report = image.refused(spec);
  CHECK(report.exit_code == 127);
  CHECK(report.error == "'no-such-tool' is not in the image (looked in /bin:/opt/bin)");

  report = image.refused(image.step({"/opt/tool"}));
  CHECK(report.exit_code == 127);
  CHECK(report.error == "'/opt/tool' is not in the image");

  report = image.refused(image.step({"/etc/passwd"}));
  CHECK(report.exit_code == 126);
}

TEST_CASE("a step gets its environment, directory, user and nothing else") {
  NEEDS_SANDBOX();
  Image image;
  StepSpec spec = image.shell("/bin/env; pwd; id -u; id -g; id -G; umask; hostname");
  spec.env = {"PATH=/bin", "GREETING=h\xc3\xa9llo world"};
  spec.cwd = "/srv/deep";
  spec.user = "app";
  auto output = image.run(spec).output;
  CHECK_THAT(output, Catch::Contains("GREETING=h\xc3\xa9llo world\n"));
  CHECK_THAT(output, Catch::Contains("HOME=/home/app\n"));
  CHECK_THAT(output, Catch::EndsWith("/srv/deep\n1000\n1000\n1000 44\n0022\ntierbuild\n"));
  CHECK_THAT(output, !Catch::Contains("TIERBUILD_STEP"));
  CHECK(stdfs::is_directory(spec.upper + "/srv/deep"));
}

TEST_CASE("ids that no file of the image may bring about are refused before anything runs") {
  NEEDS_SANDBOX();
  Image image;
  for (const char* user : {"2147483648", "4294967296", "-1", "nobody-here", "0:2147483648", "root:", ":"}) {
    StepSpec spec = image.shell("touch /ran");
    spec.user = user;
    CAPTURE(user);
    CHECK(image.refused(spec).exit_code == 125);
    CHECK(Image::files_in(spec.upper).empty());
  }
  image.temp().write("layers/base/etc/passwd", "evil:x:4294967296:0::/:/bin/sh\n");
  StepSpec spec = image.shell("id -u");
  spec.user = "evil";
  CHECK_THAT(image.refused(spec).error, Catch::Contains("4294967296"));
}

TEST_CASE("the upper directory receives what the step changed, and only that") {
  NEEDS_SANDBOX();
  Image image;
  StepSpec spec = image.shell("echo new > /made; rm /etc/group; echo more >> /etc/passwd");
  image.run(spec);
  CHECK(Image::files_in(spec.upper) == std::set<std::string>{"made", "etc/group", "etc/passwd"});
  CHECK(stdfs::is_character_file(spec.upper + "/etc/group"));
  CHECK(stdfs::exists(image.base() / "etc/group"));
}

TEST_CASE("an image of many layers, of one and of none") {
  NEEDS_SANDBOX();
  Image image;
  StepSpec many = image.shell("cat /who");
  for (int i = 0; i < 100; ++i) {
    std::string name = "layer-" + std::to_string(i);
    image.temp().write("layers/" + name + "/who", name);
    many.layers.push_back(name);
  }
  CHECK(image.run(many).output == "layer-99");

  StepSpec none = image.step({"/bin/true"});
  none.layers.clear();
  CHECK(image.refused(none).error == "'/bin/true' is not in the image");
  CHECK(stdfs::is_empty(none.upper));
}

TEST_CASE("directories with commas, colons and backslashes in their names serve as layers") {
  NEEDS_SANDBOX();
  Image image;
  stdfs::path odd = image.temp() / "a,b:c\\d e";
  stdfs::create_directories(odd / "scratch");
  stdfs::create_directories(odd / "upper");
  stdfs::create_directories(image.temp() / "layers" / "x,y:z\\w");
  StepSpec spec = image.shell("touch /made");
  spec.layers.emplace_back("x,y:z\\w");
  spec.scratch = odd / "scratch";
  spec.upper = odd / "upper";
  image.run(spec);
  CHECK(Image::files_in(spec.upper) == std::set<std::string>{"made"});
}

TEST_CASE("without network a step sees the loopback interface only, and it is up") {
  NEEDS_SANDBOX();
  Image image;
  CHECK(image.run(image.shell("ls /sys/class/net; ip link show lo | grep -c LOWER_UP")).output == "lo\n1\n");
}

TEST_CASE(
    "with network a step has the host's interfaces, resolv.conf and hosts, and its layer has none of them") {
  NEEDS_SANDBOX();
  Image image;
  auto network = [](const std::string& path) { return stdfs::read_symlink(path).string(); };
  StepSpec spec = image.shell("ls -l /proc/self/ns/net; cat /etc/hosts; echo x >> /etc/hosts || true");
  spec.network = true;
  auto before = stdfs::last_write_time(image.base() / "etc");
  auto finished = image.run(spec);
  CHECK_THAT(finished.output, Catch::Contains(network("/proc/self/ns/net")));
  std::ifstream hosts("/etc/hosts");
  CHECK_THAT(finished.output, Catch::Contains(std::string(std::istreambuf_iterator<char>(hosts), {})));
  CHECK_THAT(finished.output, Catch::Contains("Read-only file system"));
  CHECK(Image::files_in(spec.upper).empty());
  CHECK(finished.report.mount_points == std::vector<std::string>{"etc/resolv.conf", "etc/hosts"});
  CHECK(stdfs::last_write_time(spec.upper + "/etc") == before);
}

TEST_CASE("a host tool runs with the environment given, in namespaces of its own") {
  NEEDS_SANDBOX();
  Image image;
  StepSpec spec =
      image.step({"sh", "-c", "echo $TMPDIR $ONLY $HOME; pwd; echo $$; ls /sys/class/net | wc -l; exit 3"});
  spec.runtime.clear();
  spec.layers.clear();
  spec.cwd = spec.scratch;
  spec.env = {"PATH=/usr/bin:/bin", "ONLY=this"};
  auto finished = image.run(spec);
  CHECK_THAT(finished.output, Catch::StartsWith(spec.scratch + " this\n" + spec.scratch + "\n2\n"));
  CHECK(finished.report.exit_code == 3);

  spec.argv = {"no-such-tool"};
  auto report = image.refused(spec);
  CHECK(report.exit_code == 127);
  CHECK_THAT(report.error, Catch::Contains("no-such-tool"));
}

TEST_CASE("limits of memory and processes hold, and running out of memory is told") {
  NEEDS_SANDBOX();
  Image image;
  StepSpec spec = image.shell("dd if=/dev/zero of=/dev/null bs=200M count=1");
  spec.limits.memory = 64 << 20;
  auto eaten = run_step(image.helper(), spec);
  REQUIRE_OK(eaten);
  if (eaten->report.error.find("cgroup cannot be used here") != std::string::npos) {
    test::skip(eaten->report.error);
    return;
  }
  CHECK(eaten->report.exit_code == 137);
  CHECK(eaten->report.out_of_memory);

  spec = image.shell("for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done; echo made all");
  spec.limits.pids = 5;
  CHECK_THAT(image.run(spec).output, !Catch::Contains("made all"));
  CHECK(stdfs::exists("/sys/fs/cgroup"));
  for (const auto& entry : stdfs::directory_iterator("/sys/fs/cgroup"))
    CHECK_FALSE(stdfs::exists(entry.path() / "tierbuild" / spec.id));
}

}  // namespace tierbuild::sandbox
