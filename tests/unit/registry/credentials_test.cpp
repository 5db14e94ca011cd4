#include "registry/credentials.hpp"

#include <sys/stat.h>

#include <cstdlib>

#include "registry/base64.hpp"
#include "support/catch.hpp"
#include "support/temp.hpp"

namespace tierbuild::registry {
namespace {

std::string auth(std::string_view pair) {
  return "{\"auth\": \"" + base64(pair) + "\"}";
}

/// A home with a docker config that holds these members.
struct Home {
  explicit Home(const std::string& members) {
    temp.write("home/.docker/config.json", "{" + members + "}");
    environment.variables["HOME"] = temp / "home";
  }
  Result<std::optional<Login>> find(const std::string& host) const {
    return file_credentials(environment)->find(host);
  }
  test::Temp temp;
  FakeEnvironment environment;
};

void check_login(const Result<std::optional<Login>>& found, std::string_view user,
                 std::string_view password) {
  REQUIRE_OK(found);
  REQUIRE(found->has_value());
  CHECK((*found)->user == user);
  CHECK((*found)->password == password);
}

void check_none(const Result<std::optional<Login>>& found) {
  REQUIRE_OK(found);
  CHECK_FALSE(found->has_value());
}

}  // namespace

TEST_CASE("base64 goes both ways and rejects garbage") {
  for (std::string text : {"", "a", "ab", "abc", "user:pass"}) CHECK(base64_decode(base64(text)) == text);
  CHECK(base64("ab") == "YWI=");
  CHECK(base64_decode("YWI") == "ab");
  for (std::string text : {"Y", "YW!=", "YWI==", "Y=I=", "YWJj=", "YW I="}) {
    INFO(text);
    CHECK_FALSE(base64_decode(text).has_value());
  }
}

TEST_CASE("a login is found by its host, with the port and however the key is spelt") {
  Home home(R"("auths": {"https://a.example/v1/": )" + auth("ann:pa:ss") + R"(, "b.example:5000": )" +
            auth("bob:secret") + R"(, "C.example": {"username": "cid", "password": "word"}})");
  check_login(home.find("a.example"), "ann", "pa:ss");
  check_login(home.find("b.example:5000"), "bob", "secret");
  check_login(home.find("c.example"), "cid", "word");
  check_none(home.find("b.example"));
  check_none(home.find("example"));
}

TEST_CASE("a namespace's login is not one for its host, but for all below it") {
  Home home(R"("auths": {"a.example/team": )" + auth("ann:x") + R"(, "a.example/team/deep/": )" +
            auth("no:x") + R"(, "a.example/team/app": )" + auth("app:x") + R"(, "b.example": )" +
            auth("bob:x") + "}");
  check_none(home.find("a.example"));
  check_none(home.find("a.example/teams/app"));
  check_login(home.find("a.example/team"), "ann", "x");
  check_login(home.find("a.example/team/web"), "ann", "x");
  check_login(home.find("a.example/team/app"), "app", "x");
  check_login(home.find("a.example/team/app/more"), "app", "x");
  check_login(home.find("b.example/any/thing"), "bob", "x");
}

TEST_CASE("docker.io has its historic names") {
  Home home(R"("auths": {"docker.io": )" + auth("new:x") + R"(, "https://index.docker.io/v1/": )" +
            auth("old:x") + "}");
  check_login(home.find("docker.io"), "old", "x");
  check_login(Home(R"("auths": {"docker.io": )" + auth("new:x") + "}").find("docker.io"), "new", "x");
  check_none(home.find("io"));
}

TEST_CASE("the files are asked in order until one knows the host") {
  Home home(R"("auths": {"a.example": )" + auth("home:x") + R"(, "h.example": )" + auth("home:x") + "}");
  home.temp.write("docker/config.json", R"({"auths": {"a.example": )" + auth("docker:x") + "}}");
  home.temp.write("podman.json", R"({"auths": {"p.example": )" + auth("podman:x") + "}}");
  home.environment.variables["DOCKER_CONFIG"] = home.temp / "docker";
  home.environment.variables["REGISTRY_AUTH_FILE"] = home.temp / "podman.json";
  check_login(home.find("p.example"), "podman", "x");
  check_login(home.find("a.example"), "docker", "x");
  check_login(home.find("h.example"), "home", "x");
}

TEST_CASE("missing and empty files mean anonymous") {
  FakeEnvironment environment;
  check_none(file_credentials(environment)->find("a.example"));
  environment.variables["HOME"] = "/nonexistent";
  environment.variables["REGISTRY_AUTH_FILE"] = "/dev/null";
  check_none(file_credentials(environment)->find("a.example"));
}

TEST_CASE("a malformed file or entry is named") {
  Home broken("\"auths\": {");
  REQUIRE_CODE(broken.find("a.example"), Code::invalid);
  CHECK_THAT(broken.find("a.example").error().message(), Catch::Matchers::Contains(".docker/config.json"));
  REQUIRE_CODE(Home(R"("auths": {"a.example": {"auth": "!!"}})").find("a.example"), Code::invalid);
  REQUIRE_CODE(Home(R"("auths": {"a.example": {"auth": "bm9jb2xvbg=="}})").find("a.example"), Code::invalid);
  check_none(Home(R"("auths": 5)").find("a.example"));
  check_none(Home(R"("auths": {"a.example": null})").find("a.example"));
}

TEST_CASE("an identity token comes as docker's token user") {
  Home home(R"("auths": {"a.example": {"auth": ")" + base64("ann:") + R"(", "identitytoken": "refresh"}})");
  check_login(home.find("a.example"), kTokenUser, "refresh");
}

TEST_CASE("credential helpers are asked as docker asks them") {
  Home home(R"("credHelpers": {"a.example": "tbfake"}, "credsStore": "tbfake", "auths": {"a.example": {}})");
  auto program =
      home.temp.write("bin/docker-credential-tbfake",
                      "#!/bin/sh\nread url\ncase $1-$url in\n"
                      "get-a.example) echo '{\"Username\": \"ann\", \"Secret\": \"s\"}';;\n"
                      "get-https://index.docker.io/v1/) echo '{\"Username\": \"hub\", \"Secret\": \"t\"}';;\n"
                      "get-bad.example) echo nonsense;;\n"
                      "get-down.example) echo 'cannot reach the keychain' >&2; exit 1;;\n"
                      "*) echo 'credentials not found in native keychain'; exit 1;;\nesac\n");
  REQUIRE(::chmod(program.c_str(), 0755) == 0);
  const std::string old = std::getenv("PATH");
  ::setenv("PATH", (program.parent_path().string() + ":" + old).c_str(), 1);
  check_login(home.find("a.example"), "ann", "s");
  check_login(home.find("docker.io"), "hub", "t");
  check_none(home.find("other.example"));
  REQUIRE_CODE(home.find("bad.example"), Code::failed);
  REQUIRE_CODE(home.find("down.example"), Code::failed);
  ::setenv("PATH", old.c_str(), 1);
  REQUIRE_CODE(home.find("a.example"), Code::host_lacks);
  REQUIRE_CODE(Home(R"("credsStore": "../evil")").find("a.example"), Code::invalid);
}

TEST_CASE("a fixed login is for its host only") {
  auto fixed = fixed_credentials("docker.io", {"ann", "x"});
  check_login(fixed->find("registry-1.docker.io"), "ann", "x");
  check_none(fixed->find("a.example"));
  check_none(no_credentials()->find("docker.io"));
}

}  // namespace tierbuild::registry
