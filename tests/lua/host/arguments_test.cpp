#include "lua/host/workspace.hpp"

using namespace tierbuild;
using namespace tierbuild::test;

TEST_CASE("an --arg that nothing declares is an error with a suggestion") {
  Workspace workspace("local x = arg 'cuda' { '12' }");
  workspace.options.args = {{"cdua", "11"}};
  REQUIRE(workspace.only_error() == "E034");
  REQUIRE(workspace.failure.errors[0].message().find("did you mean 'cuda'") != std::string::npos);
}

TEST_CASE("the text of an --arg takes the type of its default") {
  Workspace workspace(R"(
local on, n, list = arg 'on' { false }, arg 'n' { 3 }, arg 'list' { { 'a' } }
assert(on == true)
assert(n == 5)
assert(#list == 2 and list[2] == 'c')
assert(arg 'port' { type = t.port:opt(80) } == 80)
)");
  workspace.options.args = {{"on", "true"}, {"n", "5"}, {"list", "b,c"}};
  workspace.project();
}

TEST_CASE("a bad value of an --arg is an error") {
  auto number = [](const char* declaration, const char* value) {
    Workspace workspace(fmt::format("local x = arg 'x' {}", declaration));
    workspace.options.args = {{"x", value}};
    return workspace.only_error();
  };
  CHECK(number("{ 3 }", "many") == "E035");
  CHECK(number("{ true }", "perhaps") == "E035");
  CHECK(number("{ 'a', choices = { 'a', 'b' } }", "c") == "E035");
  CHECK(number("{ type = t.port }", "70000") == "E014");
}

TEST_CASE("a base may be given by name") {
  Workspace workspace(
      "local base = tier 'base' { from = 'x:1' }\n"
      "service 'a' { from = arg 'wake_base' { base, type = t.base } }");
  REQUIRE(std::get<project::NamedBase>(target(workspace.project(), "a").from->base).name == "tier:base");
  Workspace other(
      "local base = tier 'base' { from = 'x:1' }\n"
      "service 'a' { from = arg 'wake_base' { base, type = t.base } }");
  other.options.args = {{"wake_base", "debian:12"}};
  REQUIRE(std::get<project::NamedBase>(target(other.project(), "a").from->base).name == "debian:12");
}

TEST_CASE("the Buildfile is found in the directory or above it") {
  Temp temp;
  temp.write("a/Buildfile.lua", "");
  temp.write("a/b/c/x", "");
  auto found = bindings::find_buildfile(temp / "a/b/c", "");
  REQUIRE_OK(found);
  REQUIRE(*found == temp / "a/Buildfile.lua");
  REQUIRE_OK(bindings::find_buildfile(temp.path(), "a/Buildfile.lua"));
  REQUIRE_OK(bindings::find_buildfile(temp.path(), "a"));
  REQUIRE_CODE(bindings::find_buildfile(temp.path(), "b"), Code::invalid);
  REQUIRE_CODE(bindings::find_buildfile(temp.path(), ""), Code::invalid);
}

TEST_CASE("a Buildfile that is not there is an error") {
  Workspace workspace;
  REQUIRE(workspace.only_error() == "E002");
}
