#include "image/platform.hpp"

#include "support/catch.hpp"

using namespace tierbuild;
using image::Platform;

TEST_CASE("platforms have one spelling") {
  struct Case {
    const char *text, *spelling;
  };
  for (auto [text, spelling] : {Case{"linux/amd64", "linux/amd64"}, Case{"amd64", "linux/amd64"},
                                Case{"x86_64", "linux/amd64"}, Case{"linux/aarch64", "linux/arm64"},
                                Case{"linux/arm64/v8", "linux/arm64"}, Case{"linux/arm/v7", "linux/arm/v7"},
                                Case{"Linux/ARM/7", "linux/arm/v7"}, Case{"armhf", "linux/arm/v7"},
                                Case{"linux/amd64/v3", "linux/amd64/v3"}, Case{"riscv64", "linux/riscv64"}}) {
    INFO(text);
    auto platform = Platform::parse(text);
    REQUIRE_OK(platform);
    CHECK(platform->str() == spelling);
  }
}

TEST_CASE("what is no platform is refused, with the word that was meant") {
  for (const char* bad : {"", "/", "linux/", "linux//v7", "linux/amd64/v1/x", "linux/amd63", "lunux/amd64",
                          "linux/arm/v7\n", "linux/arm/../x"}) {
    INFO(bad);
    CHECK_FALSE(Platform::parse(bad));
  }
  CHECK(Platform::parse("linux/amd46").error().hint() == "did you mean 'amd64'?");
  CHECK(Platform::parse(std::string(1000, 'a')).error().message().size() < 200);
}

TEST_CASE("variants matter only if both name one") {
  Platform v7{"linux", "arm", "v7"}, v6{"linux", "arm", "v6"}, any{"linux", "arm", ""};
  CHECK(v7.matches(any));
  CHECK(any.matches(v6));
  CHECK_FALSE(v7.matches(v6));
  CHECK_FALSE(any.matches({"linux", "arm64", ""}));
}

TEST_CASE("the host has a platform that parses to itself") {
  Platform host = Platform::host();
  auto again = Platform::parse(host.str());
  REQUIRE_OK(again);
  CHECK(*again == host);
}
