#include "registry/referrers.hpp"

#include "unit/registry/fake_transport.hpp"

namespace tierbuild::registry {
namespace {

const std::string kApi = "http://localhost:5000/v2/acme/web/";

image::Manifest artifact(const std::string& type, const Digest& subject) {
  image::Manifest made;
  made.artifact_type = type;
  made.config = {image::kOciEmpty, Digest::of("{}"), 2};
  made.subject = image::Descriptor{image::kOciManifest, subject, 100};
  return made;
}

std::string list_of(const std::vector<image::Descriptor>& entries) {
  image::Index index;
  index.manifests = entries;
  return index.json();
}

const Digest kSubject = Digest::of("an image");
const std::string kTag = "manifests/" + referrers_tag(kSubject);
const image::Manifest kNote = artifact("text/note", kSubject);
const image::Manifest kOther = artifact("text/other", kSubject);

std::string put_of(const image::Manifest& made) {
  return "PUT " + kApi + "manifests/" + referrer_of(made).digest.str();
}

}  // namespace

TEST_CASE("a registry that knows of referrers lists them itself, page by page") {
  Scripted world;
  world.http.on(put_of(kNote), 201, {{"oci-subject", kSubject.str()}});
  REQUIRE_OK(world.client.push_referrer(reference("localhost:5000/acme/web"), kNote));

  std::string first = kApi + "referrers/" + kSubject.str();
  world.http
      .on("GET " + first, 200,
          {{"content-type", image::kOciIndex},
           {"link", "</v2/acme/web/referrers/next?page=2>; rel=\"next\""}},
          list_of({referrer_of(kNote)}))
      .on("GET " + kApi + "referrers/next?page=2", 200, {}, list_of({referrer_of(kOther)}));
  auto found = world.client.referrers(reference("localhost:5000/acme/web"), kSubject);
  REQUIRE_OK(found);
  CHECK(*found == std::vector{referrer_of(kNote), referrer_of(kOther)});
  CHECK(world.http.done());
}

TEST_CASE("any other registry gets them listed under a tag") {
  Scripted world;
  const std::string both = list_of({referrer_of(kOther), referrer_of(kNote)});
  world.http.on(put_of(kNote), 201)
      .on("GET " + kApi + kTag, 200, {{"etag", "\"1\""}}, list_of({referrer_of(kOther)}))
      .on("PUT " + kApi + kTag, 201)
      .on("GET " + kApi + kTag, 200, {}, both);
  REQUIRE_OK(world.client.push_referrer(reference("localhost:5000/acme/web"), kNote));
  CHECK(world.http.header(2, "If-Match") == "\"1\"");
  CHECK(world.http.seen[2].body == both);

  world.http.on("GET " + kApi + "referrers/" + kSubject.str(), 404).on("GET " + kApi + kTag, 200, {}, both);
  auto found = world.client.referrers(reference("localhost:5000/acme/web"), kSubject);
  REQUIRE_OK(found);
  CHECK(found->size() == 2);
  CHECK(found->back().artifact_type == "text/note");

  world.http.on("GET " + kApi + "referrers/" + kSubject.str(), 404).on("GET " + kApi + kTag, 404);
  CHECK(world.client.referrers(reference("localhost:5000/acme/web"), kSubject)->empty());
  CHECK(world.http.done());
}

TEST_CASE("a referrer that is listed already changes nothing") {
  Scripted world;
  world.http.on(put_of(kNote), 201).on("GET " + kApi + kTag, 200, {}, list_of({referrer_of(kNote)}));
  REQUIRE_OK(world.client.push_referrer(reference("localhost:5000/acme/web"), kNote));
  CHECK(world.http.done());
}

TEST_CASE("what another writer overwrote is written again") {
  Scripted world;
  world.http.on(put_of(kNote), 201)
      .on("GET " + kApi + kTag, 404)
      .on("PUT " + kApi + kTag, 201)
      .on("GET " + kApi + kTag, 200, {}, list_of({referrer_of(kOther)}))  // it had not seen ours
      .on("PUT " + kApi + kTag, 201)
      .on("GET " + kApi + kTag, 200, {}, list_of({referrer_of(kOther), referrer_of(kNote)}));
  REQUIRE_OK(world.client.push_referrer(reference("localhost:5000/acme/web"), kNote));
  CHECK(world.http.seen[4].body == list_of({referrer_of(kOther), referrer_of(kNote)}));
  CHECK(world.http.done());
}

TEST_CASE("a refused condition is a reason to look again, and any other refusal an error") {
  Scripted world;
  world.http.on(put_of(kNote), 201)
      .on("GET " + kApi + kTag, 200, {{"etag", "a"}}, list_of({}))
      .on("PUT " + kApi + kTag, 412)
      .on("GET " + kApi + kTag, 200, {{"etag", "b"}}, list_of({referrer_of(kOther)}))
      .on("PUT " + kApi + kTag, 403);
  auto pushed = world.client.push_referrer(reference("localhost:5000/acme/web"), kNote);
  REQUIRE_FALSE(pushed);
  CHECK(pushed.error().code() == Code::denied);
  CHECK(world.http.header(4, "If-Match") == "b");
}

TEST_CASE("writers that never come to an end are given up") {
  Scripted world;
  world.http.on(put_of(kNote), 201);
  for (int i = 0; i < 12; ++i) world.http.on("GET " + kApi + kTag, 404).on("PUT " + kApi + kTag, 201);
  auto pushed = world.client.push_referrer(reference("localhost:5000/acme/web"), kNote);
  REQUIRE_FALSE(pushed);
  CHECK(pushed.error().code() == Code::network);
  CHECK(world.pauses.size() == 11);
  CHECK(world.http.done());
}

TEST_CASE("a list of referrers that is none is refused") {
  Scripted world;
  world.http.on("GET " + kApi + "referrers/" + kSubject.str(), 200, {}, manifest_json());
  auto found = world.client.referrers(reference("localhost:5000/acme/web"), kSubject);
  REQUIRE_FALSE(found);
  CHECK(found.error().code() == Code::corrupt);
}

}  // namespace tierbuild::registry
