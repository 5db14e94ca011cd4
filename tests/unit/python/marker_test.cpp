#include "python/marker.hpp"

#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::python;

namespace {

bool holds(std::string_view marker, std::string_view version = "3.11", std::string_view machine = "amd64") {
  auto result = evaluate_marker(marker, linux_environment(version, machine));
  REQUIRE_OK(result);
  return *result;
}

}  // namespace

TEST_CASE("markers are evaluated for CPython on Linux") {
  REQUIRE(holds(""));
  REQUIRE(holds("python_version < '3.12'"));
  REQUIRE(holds("python_version >= \"3.9\""));  // as versions, not as texts
  REQUIRE_FALSE(holds("python_version >= '3.12'"));
  REQUIRE(holds("python_full_version == '3.11.4'", "3.11.4"));
  REQUIRE(holds("python_version == '3.11'", "3.11.4"));
  REQUIRE(holds("sys_platform == 'linux' and platform_system == 'Linux' and os_name == 'posix'"));
  REQUIRE_FALSE(holds("sys_platform == 'win32'"));
  REQUIRE(holds("platform_machine == 'x86_64'"));
  REQUIRE(holds("platform_machine == 'aarch64'", "3.11", "arm64"));
  REQUIRE(holds("implementation_name == 'cpython'"));
  REQUIRE(holds("platform_python_implementation != 'PyPy'"));
  REQUIRE(holds("sys.platform == 'linux'"));
}

TEST_CASE("and binds closer than or, parentheses closer than both") {
  REQUIRE(holds("os_name == 'posix' or os_name == 'a' and os_name == 'b'"));
  REQUIRE_FALSE(holds("(os_name == 'posix' or os_name == 'a') and os_name == 'b'"));
  REQUIRE(holds("((os_name == 'posix'))"));
  REQUIRE(holds("'inux' in sys_platform"));
  REQUIRE(holds("python_version not in '2.7, 3.0'"));
  REQUIRE(holds("'3.9' < python_version"));
}

TEST_CASE("extras are compared by their normalised names") {
  MarkerEnvironment environment = linux_environment("3.11", "amd64");
  REQUIRE_FALSE(*evaluate_marker("extra == 'Http_Tools'", environment));
  environment["extra"] = "http-tools";
  REQUIRE(*evaluate_marker("extra == 'Http_Tools'", environment));
}

TEST_CASE("malformed markers are errors with their column") {
  for (auto [marker, column] : std::initializer_list<std::pair<const char*, int>>{{"pyton_version < '3'", 1},
                                                                                  {"python_version", 15},
                                                                                  {"python_version < ", 18},
                                                                                  {"os_name == 'x", 12},
                                                                                  {"(os_name == 'x'", 16},
                                                                                  {"os_name == 'x' xor", 16},
                                                                                  {"'a' == 'b'", 11},
                                                                                  {"os_name not 'x'", 13},
                                                                                  {"os_name = 'x'", 9}}) {
    INFO(marker);
    auto result = evaluate_marker(marker, {});
    REQUIRE_CODE(result, Code::invalid);
    REQUIRE(result.error().where().column == column);
  }
  REQUIRE(
      evaluate_marker("pyton_version < '3'", {}).error().message().find("did you mean 'python_version'?") !=
      std::string::npos);
}
