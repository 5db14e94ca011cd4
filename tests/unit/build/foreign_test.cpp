#include "build/foreign.hpp"

#include "support/catch.hpp"
#include "support/temp.hpp"

namespace tierbuild::build {
namespace {

constexpr const char* kArm64 =
    "offset 0\nmagic 7f454c460201010000000000000000000200b700\nmask "
    "ffffffffffffff00fffffffffffffffffeffffff\n";

// A platform that is not this machine's.
image::Platform foreign() {
  image::Platform platform;
  platform.architecture = image::Platform::host().architecture == "arm64" ? "riscv64" : "arm64";
  return platform;
}

std::string handler(const std::string& flags, const std::string& state = "enabled") {
  std::string magic = kArm64;
  if (foreign().architecture == "riscv64") magic.replace(magic.find("b700"), 4, "f300");
  return state + "\ninterpreter /usr/bin/qemu-static\nflags: " + flags + "\n" + magic;
}

}  // namespace

TEST_CASE("a handler for the machine that holds its interpreter open runs a platform") {
  test::Temp dir;
  dir.write("status", "enabled\n");
  dir.write("python3", "enabled\ninterpreter /usr/bin/python3\nflags: \noffset 0\nmagic 6f0d0d0a\n");
  REQUIRE_OK(can_run(image::Platform::host(), dir.path()));
  auto none = can_run(foreign(), dir.path());
  REQUIRE_FALSE(none);
  CHECK(none.error().code() == Code::host_lacks);
  CHECK(none.error().hint().find("apt install qemu-user-static binfmt-support") == 0);

  dir.write("emulator", handler("OCF"));
  REQUIRE_OK(can_run(foreign(), dir.path()));
  image::Platform third = foreign();
  third.architecture = "s390x";
  CHECK_FALSE(can_run(third, dir.path()));
}

TEST_CASE("a handler that is off, or whose interpreter the image would need, runs nothing") {
  test::Temp dir;
  dir.write("emulator", handler("F", "disabled"));
  CHECK_FALSE(can_run(foreign(), dir.path()));
  dir.write("emulator", handler(""));
  auto without = can_run(foreign(), dir.path());
  REQUIRE_FALSE(without);
  CHECK(without.error().message().find("lacks the flag F") != std::string::npos);
}

}  // namespace tierbuild::build
