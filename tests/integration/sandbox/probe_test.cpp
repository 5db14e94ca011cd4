#include <fstream>

#include "fixture.hpp"

namespace tierbuild::sandbox {

TEST_CASE("a program that is no runtime is refused with its own words") {
  NEEDS_SANDBOX();
  test::Temp temp;
  auto fake = temp.write(
      "fake-runc",
      "#!/bin/sh\necho '{\"level\":\"error\",\"msg\":\"no containers today\"}' > \"$6\"\nexit 1\n");
  stdfs::permissions(fake, stdfs::perms::owner_all);
  std::vector<Attempt> attempts;
  auto found = probe_runtime(fake, temp / "scratch", &attempts);
  REQUIRE_CODE(found, Code::host_lacks);
  REQUIRE(attempts.size() == 1);
  CHECK(attempts[0].path == fake.string());
  CHECK_THAT(attempts[0].reason, Catch::Contains("no containers today"));

  REQUIRE_CODE(probe_runtime("/nowhere/runc", temp / "other"), Code::host_lacks);
}

TEST_CASE("the runtime that is found says why others are not used") {
  NEEDS_SANDBOX();
  test::Temp temp;
  std::vector<Attempt> attempts;
  auto found = probe_runtime("", temp.path(), &attempts);
  REQUIRE_OK(found);
  CHECK_FALSE(found->version.empty());
  REQUIRE(attempts.size() == 2);
  CHECK(attempts[0].name == "crun");
  for (const Attempt& attempt : attempts) CHECK((attempt.name == found->name) == attempt.reason.empty());
}

TEST_CASE("the host check names what steps need") {
  NEEDS_SANDBOX();
  test::Temp temp;
  std::vector<std::string> names;
  for (const HostCheck& check : check_host(temp.path())) {
    CAPTURE(check.name, check.detail);
    names.push_back(check.name);
    if (check.required) CHECK(check.ok);
    CHECK(check.ok == check.fix.empty());
    CHECK_FALSE(check.detail.empty());
  }
  CHECK(names == std::vector<std::string>{"overlayfs", "user namespaces", "cgroups", "seccomp", "oci runtime",
                                          "mmdebstrap"});
}

}  // namespace tierbuild::sandbox
