#include "cli/cache_flags.hpp"

#include "support/catch.hpp"

namespace tierbuild::cli {

TEST_CASE("caches as docker's users write them") {
  auto from = parse_cache_from("type=registry,ref=ghcr.io/acme/app:buildcache");
  REQUIRE_OK(from);
  CHECK(from->str() == "ghcr.io/acme/app:buildcache");
  from = parse_cache_from("ghcr.io/acme/cache");
  REQUIRE_OK(from);
  CHECK(from->str() == "ghcr.io/acme/cache:cache");
  auto to = parse_cache_to("type=registry,ref=ghcr.io/acme/cache,mode=max");
  REQUIRE_OK(to);
  CHECK(to->max);
  to = parse_cache_to("ref=ghcr.io/acme/cache");
  REQUIRE_OK(to);
  CHECK_FALSE(to->max);
}

TEST_CASE("caches that are none") {
  for (const char* text :
       {"type=gha", "type=local,src=/tmp", "type=registry", "type=registry,ref=", "ref=UPPER/x",
        "type=registry,ref=a/b,mode=most", "type=registry,ref=a/b,colour=red", ""})
    REQUIRE_CODE(parse_cache_to(text), Code::invalid);
}

TEST_CASE("the cache of a registry is read always, and written by a push") {
  project::RegistryDecl declared;
  declared.name = "ghcr.io/acme";
  declared.cache = "cache";
  auto build = cache_settings({"ghcr.io/acme/cache", "other.example/x"}, {}, {declared}, false);
  REQUIRE_OK(build);
  CHECK(build->from.size() == 2);
  CHECK(build->to.empty());
  auto push = cache_settings({}, {"type=registry,ref=other.example/x,mode=max"}, {declared}, true);
  REQUIRE_OK(push);
  REQUIRE(push->to.size() == 2);
  CHECK(push->to[0].max);
  CHECK(push->to[1].place.str() == "ghcr.io/acme/cache:cache");
  declared.cache = "NOT/valid";
  REQUIRE_CODE(cache_settings({}, {}, {declared}, false), Code::invalid);
}

}  // namespace tierbuild::cli
