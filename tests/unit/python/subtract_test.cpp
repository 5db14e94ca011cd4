#include "python/subtract.hpp"

#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::python;

namespace {

std::vector<Requirement> list(std::initializer_list<const char*> texts) {
  std::vector<Requirement> entries;
  for (const char* text : texts) {
    auto entry = parse_requirement(text, {});
    REQUIRE_OK(entry);
    entries.push_back(*entry);
  }
  return entries;
}

// `covered`, `remains` or `conflict`.
std::string fate(const char* mine, std::initializer_list<const char*> base, const char* version = nullptr) {
  MarkerEnvironment environment = linux_environment(version == nullptr ? "3.11" : version, "amd64");
  Subtraction result = subtract(list({mine}), list(base), version == nullptr ? nullptr : &environment);
  if (!result.conflicts.empty()) return "conflict";
  return result.remaining.empty() ? "covered" : "remains";
}

}  // namespace

TEST_CASE("what a base promises is taken away") {
  REQUIRE(fate("fastapi==0.118.0", {"fastapi==0.118.0"}) == "covered");
  REQUIRE(fate("FastAPI", {"fastapi>=0.1"}) == "covered");
  REQUIRE(fate("fastapi>=0.100", {"fastapi==0.118.0"}) == "covered");
  REQUIRE(fate("torch>=2.0,<3.0", {"torch<3.0,>=2.0"}) == "covered");
  REQUIRE(fate("x @ https://h/x.whl", {"x @ https://h/x.whl"}) == "covered");
  REQUIRE(fate("uvicorn[standard]", {"uvicorn[standard,other]==1"}) == "covered");
}

TEST_CASE("what asks for more than the base promises remains") {
  REQUIRE(fate("redis", {"fastapi"}) == "remains");
  REQUIRE(fate("fastapi==0.118.0", {"fastapi>=0.100"}) == "remains");
  REQUIRE(fate("uvicorn[standard]==1", {"uvicorn==1"}) == "remains");
  REQUIRE(fate("x @ https://h/x.whl", {"x==1"}) == "remains");
  REQUIRE(fate("./local", {"./local"}) == "remains");
}

TEST_CASE("different pins are never dropped silently") {
  REQUIRE(fate("fastapi==0.117", {"fastapi==0.118.0"}) == "conflict");
  REQUIRE(fate("fastapi<0.100", {"fastapi==0.118.0"}) == "conflict");
  REQUIRE(fate("fastapi==0.117", {"fastapi>=0.118"}) == "conflict");
  REQUIRE(fate("x @ https://h/x-1.whl", {"x @ https://h/x-2.whl"}) == "conflict");
}

TEST_CASE("markers count only where they hold") {
  const char* old = "tomli==1; python_version < '3.11'";
  REQUIRE(fate(old, {"tomli==2"}) == "remains");          // which Python is not known
  REQUIRE(fate(old, {"tomli==2"}, "3.12") == "remains");  // pip ignores it
  REQUIRE(fate(old, {"tomli==2"}, "3.10") == "conflict");
  REQUIRE(fate("tomli", {old}) == "remains");
  REQUIRE(fate("tomli", {old}, "3.10") == "covered");
  REQUIRE(fate(old, {old}) == "covered");
}
