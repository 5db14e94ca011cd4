#include "sandbox/cgroups.hpp"
#include "sandbox/oci_run.hpp"
#include "sandbox/overlay.hpp"
#include "sandbox/runtime.hpp"
#include "support/temp.hpp"

namespace tierbuild::sandbox {

TEST_CASE("an overlay names its layers topmost first and escapes what separates") {
  Overlay overlay{{"base", "mid:1", "top,2"}, "/layers", "/empty", "/u,p", "/w\\k", false, Devices::dead};
  CHECK(overlay_options(overlay, {"volatile"}) ==
        "lowerdir=top\\,2:mid\\:1:base,upperdir=/u\\,p,workdir=/w\\\\k,volatile");
  overlay.layers.clear();
  overlay.user_xattr = true;
  CHECK(overlay_options(overlay, {}) == "lowerdir=/empty,upperdir=/u\\,p,workdir=/w\\\\k,userxattr");
}

TEST_CASE("a read-only overlay of one layer stands on an empty one") {
  Overlay overlay{{"base"}, "", "/empty", "", "", false, Devices::dead};
  CHECK(overlay_options(overlay, {}) == "lowerdir=base:/empty");
}

TEST_CASE("a layer that a stack has twice is mounted once, where it is last") {
  Overlay overlay{{"base", "file", "mid", "file"}, "", "/empty", "/u", "/w", false, Devices::dead};
  CHECK(overlay_options(overlay, {}) == "lowerdir=file:mid:base,upperdir=/u,workdir=/w");
  overlay = {{"base", "base"}, "", "/empty", "", "", false, Devices::dead};
  CHECK(overlay_options(overlay, {}) == "lowerdir=base:/empty");
}

TEST_CASE("more layers than one mount can name are refused before the kernel cuts them off") {
  test::Temp temp;
  Overlay overlay{{}, "", "/empty", "/u", "/w", false, Devices::dead};
  for (int i = 0; i < 1000; ++i) overlay.layers.push_back("0123456789ab" + std::to_string(1000 + i));
  REQUIRE_CODE(mount_overlay(overlay, temp.path()), Code::invalid);
}

TEST_CASE("the runtime's last error is found in its log, without its preamble") {
  CHECK(last_error("") == "");
  CHECK(last_error("not json\n{\"level\":\"warning\",\"msg\":\"w\"}\n7\n") == "");
  CHECK(
      last_error(
          "{\"level\":\"error\",\"msg\":\"first\"}\n"
          "{\"level\":\"error\",\"msg\":\"runc run failed: unable to start container process: second\"}\n") ==
      "second");
}

TEST_CASE("cgroups are told apart by their files") {
  test::Temp temp;
  CHECK(Cgroups::detect(temp.path()).version == Cgroups::Version::none);

  temp.write("v2/cgroup.controllers", "cpu memory pids\n");
  Cgroups second = Cgroups::detect(temp / "v2");
  CHECK(second.version == Cgroups::Version::v2);
  CHECK((second.memory && second.cpu && second.pids));
  CHECK(std::filesystem::is_directory(temp / "v2" / "tierbuild"));

  temp.write("v1/devices/x", "");
  temp.write("v1/memory/memory.limit_in_bytes", "");
  Cgroups first = Cgroups::detect(temp / "v1");
  CHECK(first.version == Cgroups::Version::v1);
  CHECK((first.memory && !first.swap && !first.cpu && !first.pids));
  REQUIRE_OK(first.check({1 << 20, 0, 0, 0}));
  REQUIRE_CODE(first.check({0, 1.0, 0, 0}), Code::host_lacks);
  REQUIRE_CODE(Cgroups{}.check({1 << 20, 0, 0, 0}), Code::host_lacks);
  REQUIRE_OK(Cgroups{}.check({0, 0, 0, 1000}));
}

TEST_CASE("a step that the kernel killed for memory is recognised in both versions") {
  test::Temp temp;
  temp.write("v2/cgroup.controllers", "memory\n");
  Cgroups second = Cgroups::detect(temp / "v2");
  temp.write("v2/tierbuild/a/memory.events", "low 0\nhigh 0\nmax 9\noom 1\noom_kill 0\n");
  temp.write("v2/tierbuild/b/memory.events", "low 0\noom 1\noom_kill 2\noom_group_kill 0\n");
  CHECK_FALSE(second.out_of_memory("a"));
  CHECK(second.out_of_memory("b"));
  CHECK_FALSE(second.out_of_memory("none"));

  temp.write("v1/devices/x", "");
  temp.write("v1/memory/tierbuild/a/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
  CHECK(Cgroups::detect(temp / "v1").out_of_memory("a"));
}

TEST_CASE("a helper that is named but not there is told by name") {
  const char* before = ::getenv("TIERBUILD_STEP");
  std::string kept = before == nullptr ? "" : before;
  ::setenv("TIERBUILD_STEP", "/nowhere/tierbuild-step", 1);
  auto found = find_helper();
  before == nullptr ? ::unsetenv("TIERBUILD_STEP") : ::setenv("TIERBUILD_STEP", kept.c_str(), 1);
  REQUIRE_CODE(found, Code::host_lacks);
  CHECK_THAT(found.error().message(), Catch::Contains("/nowhere/tierbuild-step"));
}

}  // namespace tierbuild::sandbox
