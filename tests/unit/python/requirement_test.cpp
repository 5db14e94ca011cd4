#include "python/requirement.hpp"

#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::python;

namespace {

Requirement parsed(std::string_view text) {
  auto requirement = parse_requirement(text, Location{"r.txt", 3, 5});
  REQUIRE_OK(requirement);
  return *requirement;
}

int column_of_error(std::string_view text) {
  auto requirement = parse_requirement(text, Location{"r.txt", 3, 5});
  REQUIRE_CODE(requirement, Code::invalid);
  REQUIRE(requirement.error().where().line == 3);
  return requirement.error().where().column;
}

}  // namespace

TEST_CASE("names are compared as PEP 503 says") {
  REQUIRE(normalise("Ruamel.YAML") == "ruamel-yaml");
  REQUIRE(normalise("a__b-.c") == "a-b-c");
}

TEST_CASE("a requirement has a name, extras, versions and a marker") {
  Requirement requirement =
      parsed(" Uvicorn [Standard, http_tools] >= 0.37.0 , <1 ; python_version < \"3.12\" ");
  REQUIRE(requirement.name == "uvicorn");
  REQUIRE(requirement.spelled == "Uvicorn");
  REQUIRE(requirement.extras == std::vector<std::string>{"http-tools", "standard"});
  REQUIRE(requirement.specifiers == std::vector<Specifier>{{">=", "0.37.0"}, {"<", "1"}});
  REQUIRE(requirement.marker == "python_version < \"3.12\"");
  REQUIRE(requirement.text() == "uvicorn[http-tools,standard]>=0.37.0,<1; python_version < \"3.12\"");
  REQUIRE(requirement.where == Location{"r.txt", 3, 5});
  REQUIRE(parsed("foo (>=1,<2)").text() == "foo>=1,<2");
  REQUIRE(parsed("foo[]").text() == "foo");
  REQUIRE(parsed("foo===weird-1").specifiers == std::vector<Specifier>{{"===", "weird-1"}});
}

TEST_CASE("URLs, repositories and paths") {
  Requirement direct =
      parsed("torch @ https://host/torch-2.0-py3-none-any.whl#sha256=ab ; os_name == 'posix'");
  REQUIRE(direct.name == "torch");
  REQUIRE(direct.url == "https://host/torch-2.0-py3-none-any.whl#sha256=ab");
  REQUIRE(direct.marker == "os_name == 'posix'");
  REQUIRE(direct.text() == "torch @ https://host/torch-2.0-py3-none-any.whl#sha256=ab ; os_name == 'posix'");

  Requirement repository = parsed("git+https://host/a/b@v1#egg=My_Pkg[x]");
  REQUIRE(repository.name == "my-pkg");
  REQUIRE(repository.extras == std::vector<std::string>{"x"});
  REQUIRE(repository.url == "git+https://host/a/b@v1#egg=My_Pkg[x]");

  Requirement path = parsed("./packages/core[all]; python_version > '3'");
  REQUIRE(path.name.empty());
  REQUIRE(path.url == "./packages/core");
  REQUIRE(path.extras == std::vector<std::string>{"all"});
  REQUIRE(path.text() == "./packages/core[all] ; python_version > '3'");

  REQUIRE(parsed("wheels/tars_core-1.0-py3-none-any.whl").name == "tars-core");
  REQUIRE(parsed("./x").text() == "./x");
}

TEST_CASE("an entry is pinned if one version can satisfy it") {
  for (const char* text : {"a==1.0", "a===x", "a>=1,==1.2", "a @ https://h/a.whl#sha256=00",
                           "git+https://h/a@0123456789012345678901234567890123456789#egg=a"})
    REQUIRE(parsed(text).pinned());
  for (const char* text :
       {"a", "a>=1", "a==1.*", "a~=1.0", "a @ https://h/a.whl", "git+https://h/a@main#egg=a",
        "https://u@h/0123456789012345678901234567890123456789", "./a"})
    REQUIRE_FALSE(parsed(text).pinned());
}

TEST_CASE("errors point at what is wrong") {
  REQUIRE(column_of_error("") == 5);
  REQUIRE(column_of_error("=1.0") == 5);
  REQUIRE(column_of_error("foo=1.0") == 8);
  REQUIRE(column_of_error("foo bar") == 9);
  REQUIRE(column_of_error("foo==") == 10);
  REQUIRE(column_of_error("foo==abc") == 10);
  REQUIRE(column_of_error("foo>=1.*") == 10);
  REQUIRE(column_of_error("foo[a") == 8);
  REQUIRE(column_of_error("foo[a b]") == 8);
  REQUIRE(column_of_error("foo (==1") == 13);
  REQUIRE(column_of_error("foo==1;") == 12);
  REQUIRE(column_of_error("foo==1 ; pyton_version < '3'") == 14);
  REQUIRE(column_of_error("foo==1 ; os_name == 'x' garbage") == 29);
  REQUIRE(column_of_error("foo @") == 10);
  REQUIRE(column_of_error("https://host/a b") == 19);
}

TEST_CASE("hostile entries end in an error, not in a crash") {
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += "./a#egg=";
  auto egg = parse_requirement(nested, {});
  auto marker = parse_requirement("a;" + std::string(100'000, '('), {});
  REQUIRE_CODE(marker, Code::invalid);
  auto control = parse_requirement("\x1b[31m", {});
  REQUIRE_CODE(control, Code::invalid);
  REQUIRE(control.error().message().find('\x1b') == std::string::npos);
}
