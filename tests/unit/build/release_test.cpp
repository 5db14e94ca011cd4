#include "build/release.hpp"

#include "support/catch.hpp"

namespace tierbuild::build {

TEST_CASE("a release survives its way through a registry") {
  Release release{"v1", "2024-05-01T12:00:00Z", {}};
  release.entries.push_back({"acme/api:1.2", {image::kOciManifest, Digest::of("api"), 10}});
  release.entries.push_back({"acme/web:1.2", {image::kOciIndex, Digest::of("web"), 20}});
  auto index = image::Index::parse(release.index().json());
  REQUIRE_OK(index);
  auto after = Release::parse(*index);
  REQUIRE_OK(after);
  CHECK(after->name == release.name);
  CHECK(after->created == release.created);
  CHECK(after->entries == release.entries);
}

TEST_CASE("an index that is no release") {
  REQUIRE_CODE(Release::parse(image::Index{}), Code::corrupt);
  Release release{"v1", "", {{"../../etc", {image::kOciManifest, Digest::of("x"), 1}}}};
  REQUIRE_CODE(Release::parse(release.index()), Code::corrupt);
}

TEST_CASE("names of releases") {
  for (const char* name : {"v1", "2024-05-01", "R_1.2"}) REQUIRE_OK(Releases::check_name(name));
  for (const char* name : {"", "current", "moved", "a/b", "a:b", "-x", "a b", "a@sha256:0"})
    REQUIRE_CODE(Releases::check_name(name), Code::invalid);
}

}  // namespace tierbuild::build
