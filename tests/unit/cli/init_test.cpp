#include "cli/init_scan.hpp"
#include "cli/init_template.hpp"
#include "support/catch.hpp"
#include "support/temp.hpp"

using namespace tierbuild;
using namespace tierbuild::cli;

TEST_CASE("components are found in the root, services and apps") {
  test::Temp temp;
  temp.write("services/api/requirements.txt", "flask\n");
  temp.write("services/api/main.py", "");
  temp.write("services/web/package.json", R"({"scripts":{"start":"node ."}})");
  temp.write("services/web/package-lock.json", "{}");
  temp.write("apps/job/pyproject.toml", "");
  temp.write("services/empty/notes.txt", "");
  temp.write("services/old/Dockerfile",
             "FROM golang:1.22 AS build\nRUN x\nFROM --platform=linux/amd64 alpine:3.19\nEXPOSE 80/tcp 81\n"
             "CMD [\"old\", \"-v\"]\n");
  Repository found = scan_repository(temp.path());
  REQUIRE(found.components.size() == 4);
  CHECK(found.components[0].name == "api");
  CHECK(found.components[0].cmd == std::vector<std::string>{"python", "main.py"});
  CHECK(found.components[1].name == "old");
  CHECK(found.components[1].base == "alpine:3.19");
  CHECK(found.components[1].ports == std::vector<int>{80, 81});
  CHECK(found.components[1].cmd == std::vector<std::string>{"old", "-v"});
  CHECK(found.components[2].kind == ComponentKind::node);
  CHECK(found.components[2].has_lock);
  CHECK(found.components[3].kind == ComponentKind::python_project);
}

TEST_CASE("a base that is a stage of the same Dockerfile is not a base") {
  test::Temp temp;
  temp.write("Dockerfile", "FROM debian:12 AS a\nFROM a\n");
  CHECK(scan_repository(temp.path()).components.at(0).base == "debian:12");
}

TEST_CASE("equal names of services and apps are told apart") {
  test::Temp temp;
  temp.write("services/x/package.json", "{}");
  temp.write("apps/x/package.json", "{}");
  Repository found = scan_repository(temp.path());
  REQUIRE(found.components.size() == 2);
  CHECK(found.components[0].name == "x");
  CHECK(found.components[1].name == "apps-x");
}

TEST_CASE("broken files are no obstacle") {
  test::Temp temp;
  temp.write("package.json", "{ not json");
  temp.write("Dockerfile", "CMD [\"a\"\nFROM\nEXPOSE $PORT\n");
  CHECK(scan_repository(temp.path()).components.size() == 1);
}

TEST_CASE("names become names of targets") {
  CHECK(target_name("My App") == "my-app");
  CHECK(target_name("..x_") == "x");
  CHECK(target_name("///") == "app");
}

TEST_CASE("texts from the repository cannot leave their Lua string") {
  CHECK(lua_quote("a'b\\c\nd") == "'a\\'b\\\\c\\nd'");
}

TEST_CASE("Python services share one tier, and guesses are marked") {
  Repository repository;
  repository.name = "shop";
  Component api;
  api.kind = ComponentKind::python_requirements;
  api.name = "api";
  api.directory = "services/api";
  repository.components = {api, api};
  std::string text = first_buildfile(repository);
  CHECK(text.find("from = 'python:3.12-slim',  -- guessed") != std::string::npos);
  CHECK(text.find("tier 'python-base'") == text.rfind("tier 'python-base'"));
  CHECK(text.find("services/api/requirements.txt") != std::string::npos);
}
