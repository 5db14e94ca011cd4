#include "registry/challenge.hpp"

#include "support/catch.hpp"

namespace tierbuild::registry {

TEST_CASE("a bearer challenge gives its quoted parameters") {
  auto all = parse_challenges(
      R"(Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push")");
  REQUIRE(all.size() == 1);
  CHECK(all[0].scheme == "bearer");
  CHECK(all[0].param("realm") == "https://auth.example/token");
  CHECK(all[0].param("service") == "registry.example");
  CHECK(all[0].param("scope") == "repository:a/b:pull,push");
}

TEST_CASE("several challenges in one header are told apart") {
  auto all = parse_challenges(
      R"(Negotiate YWJj==, BASIC Realm = "a \"b\", c" , charset=UTF-8, Digest, Bearer realm=x)");
  REQUIRE(all.size() == 4);
  CHECK(all[0].scheme == "negotiate");
  CHECK(all[0].params.empty());
  CHECK(all[1].scheme == "basic");
  CHECK(all[1].param("realm") == "a \"b\", c");
  CHECK(all[1].param("charset") == "UTF-8");
  CHECK(all[2].scheme == "digest");
  CHECK(all[3].param("realm") == "x");
}

TEST_CASE("what stands inside quotes is never a challenge") {
  auto all = parse_challenges(R"(Basic realm="x, Bearer realm=\"https://evil.example\"")");
  REQUIRE(all.size() == 1);
  CHECK(all[0].param("realm") == "x, Bearer realm=\"https://evil.example\"");
}

TEST_CASE("of a malformed header the part before the fault counts") {
  CHECK(parse_challenges("").empty());
  CHECK(parse_challenges(" , ,").empty());
  CHECK(parse_challenges("\"Basic\"").empty());
  auto open = parse_challenges(R"(Basic realm="x", Bearer realm="https://a)");
  REQUIRE(open.size() >= 1);
  CHECK(open[0].param("realm") == "x");
  for (const Challenge& challenge : open) CHECK(challenge.param("realm") != "https://a");
  CHECK(parse_challenges(R"(Basic realm="x\)")[0].param("realm").empty());
}

TEST_CASE("of a repeated parameter the first counts") {
  CHECK(parse_challenges("Bearer realm=a, realm=b").at(0).param("realm") == "a");
}

}  // namespace tierbuild::registry
