#include "sandbox/oci_spec.hpp"
#include "support/catch.hpp"

namespace tierbuild::sandbox {
namespace {

const std::string kPasswd =
    "root:x:0:0:root:/root:/bin/sh\n"
    "# a comment\n"
    "broken line\n"
    "www-data:x:33:33:www:/var/www:/usr/sbin/nologin\n"
    "33:x:77:77::/named-33:/bin/sh\n"
    "evil:x:4294967296:0::/:/bin/sh\n"
    "text:x:zero:0::/:/bin/sh\n"
    "far:x:5:2147483648::/:/bin/sh\n"
    "homeless:x:6:6:::\n";
const std::string kGroup =
    "root:x:0:\nwww-data:x:33:\nvideo:x:44:root,www-data\naudio:x:29:www-data\nbig:x:9999999999:evil\n";

Result<Identity> resolve(const std::string& user) {
  return resolve_user(user, kPasswd, kGroup);
}

}  // namespace

TEST_CASE("no user is root with root's groups and home") {
  auto identity = resolve("");
  REQUIRE_OK(identity);
  CHECK(identity->uid == 0);
  CHECK(identity->gid == 0);
  CHECK(identity->groups == std::vector<uint32_t>{44});
  CHECK(identity->home == "/root");
}

TEST_CASE("a user by name has the group, groups and home of its entry") {
  auto identity = resolve("www-data");
  REQUIRE_OK(identity);
  CHECK(identity->uid == 33);
  CHECK(identity->gid == 33);
  CHECK(identity->groups == std::vector<uint32_t>{44, 29});
  CHECK(identity->home == "/var/www");
}

TEST_CASE("a number is an id, even where a user has it for a name, and needs no entry") {
  CHECK(resolve("33").value().home == "/var/www");
  auto unknown = resolve("4242");
  REQUIRE_OK(unknown);
  CHECK(unknown->uid == 4242);
  CHECK(unknown->gid == 0);
  CHECK(unknown->home == "/");
  CHECK(resolve("2147483647").value().uid == 2147483647);
}

TEST_CASE("a group of its own replaces all groups of the user") {
  auto identity = resolve("www-data:video");
  REQUIRE_OK(identity);
  CHECK(identity->gid == 44);
  CHECK(identity->groups.empty());
  CHECK(resolve("7:8").value().gid == 8);
}

TEST_CASE("a user without a home has the root directory") {
  CHECK(resolve("homeless").value().home == "/");
}

TEST_CASE("what is no id of this world is invalid") {
  for (const char* user : {"2147483648", "4294967295",   "4294967296", "99999999999999999999999",
                           "-1",         "+1",           "0x0",        " 0",
                           "0 ",         "0:2147483648", "0:-1",       "0:",
                           ":",          ":0",           "evil",       "text",
                           "far",        "1:2:3",        "no-one",     "0:no-group"}) {
    CAPTURE(user);
    REQUIRE_CODE(resolve(user), Code::invalid);
  }
}

TEST_CASE("an unknown name suggests a near one") {
  CHECK(resolve("www-dato").error().hint() == "did you mean 'www-data'?");
  CHECK(resolve("root:vidoe").error().hint() == "did you mean 'video'?");
}

TEST_CASE("an image without the files knows numbers only") {
  CHECK(resolve_user("", "", "").value().uid == 0);
  CHECK(resolve_user("12:13", "", "").value().gid == 13);
  REQUIRE_CODE(resolve_user("root", "", ""), Code::invalid);
}

}  // namespace tierbuild::sandbox
