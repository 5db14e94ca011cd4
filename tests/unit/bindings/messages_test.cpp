#include <filesystem>
#include <fstream>

#include "bindings/faults.hpp"
#include "bindings/lua_messages.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::bindings;

TEST_CASE("Lua's messages are put into plainer words") {
  CHECK(plain_message("attempt to call field 'foo' (a nil value)").text ==
        "'foo' is nil: it cannot be called");
  CHECK(plain_message("attempt to index local 'x' (a number value)").text ==
        "'x' is a number: it has no fields");
  CHECK(plain_message("attempt to concatenate a nil value").text ==
        "this value is nil: it cannot be joined to a string");
  CHECK(plain_message("attempt to call method 'm' (a nil value)").token == "m");
  CHECK(plain_message("something else").text == "something else");
}

TEST_CASE("every error number is documented, and every documented one of evaluation exists") {
  auto root = std::filesystem::path(TB_TESTS).parent_path();
  std::ifstream in(root / "docs/errors.md");
  std::string text{std::istreambuf_iterator<char>(in), {}};
  REQUIRE(!text.empty());
  for (Fault fault : all_faults()) {
    INFO(number_of(fault));
    CHECK(text.find("## " + number_of(fault) + " ") != std::string::npos);
  }
}
