#include "build/cache_entry.hpp"

#include "build/remote_cache.hpp"
#include "image/config.hpp"
#include "support/catch.hpp"

namespace tierbuild::build {
namespace {

image::Descriptor layer(const std::string& text) {
  return {image::kOciLayerGzip, Digest::of(text), text.size()};
}

CachedStep step(const std::string& name) {
  CachedStep out;
  out.key = Digest::of("key of " + name);
  out.label = "tier:base/" + name;
  out.layers.push_back({Digest::of("tar of " + name), layer(name), true});
  out.duration_ms = 12;
  return out;
}

CacheEntry entry() {
  CachedStep base = step("base"), hidden = step("hidden"), fetch = step("fetch");
  image::Config config;
  config.platform = image::Platform{"linux", "amd64", ""};
  config.env = base.env = {"PATH=/bin"};
  config.diff_ids = {base.layers[0].diff_id};
  base.config = config.json();
  image::Manifest manifest;
  manifest.config = {image::kOciConfig, Digest::of(base.config), base.config.size()};
  manifest.layers = {base.layers[0].blob};
  base.manifest = manifest.json();
  hidden.layers[0].kept = false;
  fetch.layers.clear();
  fetch.file = image::Descriptor{"application/octet-stream", Digest::of("file"), 4};
  return {CacheEntry::Kind::image, Digest::of("recipe"), {base, hidden, fetch, step("top")}};
}

using Kind = CacheEntry::Kind;

}  // namespace

TEST_CASE("a cache entry survives its way through a registry") {
  const CacheEntry before = entry();
  auto manifest = image::Manifest::parse(before.manifest().json());
  REQUIRE_OK(manifest);
  CHECK(manifest->artifact_type == kCacheArtifact);
  CHECK(manifest->layers.size() == 3);  // base, fetch and top: what is not kept is not named
  auto after = CacheEntry::parse(*manifest, Kind::image, before.address);
  REQUIRE_OK(after);
  CHECK(after->steps == before.steps);
}

TEST_CASE("an entry without layers names the empty blob") {
  CachedStep nothing = step("nothing");
  nothing.layers.clear();
  CacheEntry entry{Kind::step, nothing.key, {nothing}};
  auto manifest = entry.manifest();
  CHECK(manifest.layers == std::vector{empty_config()});
  auto after = CacheEntry::parse(manifest, Kind::step, nothing.key);
  REQUIRE_OK(after);
  CHECK(after->steps == entry.steps);
}

TEST_CASE("an entry that is for something else is rejected") {
  const CacheEntry good = entry();
  REQUIRE_CODE(CacheEntry::parse(good.manifest(), Kind::image, Digest::of("other")), Code::corrupt);
  REQUIRE_CODE(CacheEntry::parse(good.manifest(), Kind::build, good.address), Code::corrupt);
  // The entry of a step under the tag of another one, and one that claims to be for that and is not.
  CacheEntry foreign{Kind::step, step("a").key, {step("b")}};
  REQUIRE_CODE(CacheEntry::parse(foreign.manifest(), Kind::step, step("a").key), Code::corrupt);
  image::Manifest plain = good.manifest();
  plain.artifact_type.clear();
  REQUIRE_CODE(CacheEntry::parse(plain, Kind::image, good.address), Code::corrupt);
  plain = good.manifest();
  plain.annotations.clear();
  REQUIRE_CODE(CacheEntry::parse(plain, Kind::image, good.address), Code::corrupt);
}

TEST_CASE("an entry whose layers its manifest lacks is rejected") {
  const CacheEntry good = entry();
  image::Manifest fewer = good.manifest();
  fewer.layers.pop_back();
  REQUIRE_CODE(CacheEntry::parse(fewer, Kind::image, good.address), Code::corrupt);
  // Another layer in the place of the base's: the documents of the base say so.
  image::Manifest other = good.manifest();
  other.layers[0] = layer("another");
  REQUIRE_CODE(CacheEntry::parse(other, Kind::image, good.address), Code::corrupt);
  other = good.manifest();
  other.layers[2].media_type = "application/json";
  REQUIRE_CODE(CacheEntry::parse(other, Kind::image, good.address), Code::corrupt);
}

TEST_CASE("a base with the documents of another image is rejected") {
  CacheEntry wrong = entry();
  wrong.steps[0].layers[0].diff_id = Digest::of("another tar");
  REQUIRE_CODE(CacheEntry::parse(wrong.manifest(), Kind::image, wrong.address), Code::corrupt);
  wrong = entry();
  wrong.steps[0].env = {"PATH=/evil"};
  REQUIRE_CODE(CacheEntry::parse(wrong.manifest(), Kind::image, wrong.address), Code::corrupt);
}

TEST_CASE("garbage in the record of an entry is rejected") {
  const CacheEntry good = entry();
  const image::Manifest whole = good.manifest();
  const std::string& text = whole.annotations.begin()->second;
  for (size_t at = 0; at < text.size(); at += 7) {
    for (char put : {'\0', '{', '"', '9', '-'}) {
      image::Manifest damaged = whole;
      damaged.annotations.begin()->second[at] = put;
      auto read = CacheEntry::parse(damaged, Kind::image, good.address);
      if (!read) CHECK(read.error().code() == Code::corrupt);
    }
    image::Manifest cut = whole;
    cut.annotations.begin()->second.resize(at);
    REQUIRE_CODE(CacheEntry::parse(cut, Kind::image, good.address), Code::corrupt);
  }
}

TEST_CASE("tags of entries") {
  const Digest digest = Digest::of("x");
  CHECK(entry_tag("cache", Kind::step, digest) != entry_tag("cache", Kind::image, digest));
  CHECK(entry_tag("main", Kind::step, digest).substr(0, 5) == "main-");
  CHECK(entry_tag("main", Kind::step, digest).size() == 5 + 64);
}

TEST_CASE("places of caches") {
  auto place = CachePlace::parse("ghcr.io/acme/app:buildcache");
  REQUIRE_OK(place);
  CHECK(place->prefix == "buildcache");
  CHECK(place->repository.name() == "ghcr.io/acme/app");
  place = CachePlace::parse("ghcr.io/acme/cache");
  REQUIRE_OK(place);
  CHECK(place->prefix == "cache");
  REQUIRE_CODE(CachePlace::parse("ghcr.io/acme/cache:" + std::string(61, 'x')), Code::invalid);
  REQUIRE_CODE(CachePlace::parse("ghcr.io/acme/cache@" + Digest::of("x").str()), Code::invalid);
  REQUIRE_CODE(CachePlace::parse("no/such/PLACE"), Code::invalid);
}

}  // namespace tierbuild::build
