#include "image/manifest.hpp"

#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::image;

namespace {

const std::string kHex(64, 'a');
const std::string kDescriptor = R"({"mediaType":"m","digest":"sha256:)" + kHex + R"(","size":3})";

Descriptor descriptor(const char* type, std::string_view content) {
  return {type, Digest::of(content), content.size()};
}

std::string manifest_with(const std::string& more) {
  return R"({"schemaVersion":2,"config":)" + kDescriptor + R"(,"layers":[)" + kDescriptor + "]" + more + "}";
}

}  // namespace

TEST_CASE("a manifest has fixed bytes and survives the round trip") {
  Manifest manifest;
  manifest.config = descriptor(kOciConfig, "{}");
  manifest.layers = {descriptor(kOciLayerGzip, "a"), descriptor(kOciLayerZstd, "b")};
  manifest.annotations = {{"z", "1"}, {"a", "2"}};
  std::string json = manifest.json();
  CHECK(
      json ==
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":)"
      R"("application/vnd.oci.image.config.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e)"
      R"(8310c060f61caaff8a","size":2},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":)"
      R"("sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb","size":1},{"mediaType":)"
      R"("application/vnd.oci.image.layer.v1.tar+zstd","digest":"sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d4)"
      R"(2c4acb73eeaed59c009d","size":1}],"annotations":{"a":"2","z":"1"}})");
  auto again = Manifest::parse(json);
  REQUIRE_OK(again);
  CHECK(again->json() == json);
  CHECK(again->layers == manifest.layers);
}

TEST_CASE("nulls, unknown fields and docker's media types are read") {
  auto manifest = Manifest::parse(manifest_with(
      R"(,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","annotations":null,)"
      R"("subject":null,"x":[1,{"y":2}])"));
  REQUIRE_OK(manifest);
  CHECK(manifest->media_type == kDockerManifest);
  CHECK(manifest->layers.size() == 1);
  CHECK(Manifest::parse(manifest_with(""))->media_type == kOciManifest);
}

TEST_CASE("an artifact names its type and the manifest that it refers to") {
  Manifest artifact;
  artifact.config = descriptor(kOciEmpty, "{}");
  artifact.layers = {descriptor("application/spdx+json", "a")};
  artifact.artifact_type = "application/spdx+json";
  artifact.subject = descriptor(kOciManifest, "b");
  auto again = Manifest::parse(artifact.json());
  REQUIRE_OK(again);
  CHECK(again->artifact_type == artifact.artifact_type);
  CHECK(again->subject == artifact.subject);
  CHECK(again->json() == artifact.json());

  Descriptor listed = *artifact.subject;
  listed.artifact_type = artifact.artifact_type;
  CHECK(Descriptor::parse(listed.json()).value() == listed);
  CHECK_FALSE(Manifest::parse(manifest_with(R"(,"subject":{"mediaType":"m"})")));
  CHECK_FALSE(Manifest::parse(manifest_with(R"(,"artifactType":7)")));
}

TEST_CASE("documents that are not one manifest are corrupt") {
  const std::string negative = R"({"mediaType":"m","digest":"sha256:)" + kHex + R"(","size":-1})";
  const std::string huge =
      R"({"mediaType":"m","digest":"sha256:)" + kHex + R"(","size":18446744073709551615})";
  const std::string real = R"({"mediaType":"m","digest":"sha256:)" + kHex + R"(","size":1.5})";
  for (const std::string& bad :
       {std::string(),
        std::string("null"),
        std::string("[]"),
        std::string("{}"),
        std::string("{"),
        manifest_with(R"(,"manifests":[])"),
        manifest_with(R"(,"manifests":null)"),
        manifest_with(R"(,"fsLayers":[])"),
        manifest_with(R"(,"mediaType":"application/vnd.oci.image.index.v1+json")"),
        manifest_with(R"(,"mediaType":7)"),
        std::string(R"({"schemaVersion":1,"config":{},"layers":[]})"),
        R"({"schemaVersion":2,"config":)" + negative + R"(,"layers":[]})",
        R"({"schemaVersion":2,"config":)" + huge + R"(,"layers":[]})",
        R"({"schemaVersion":2,"config":)" + real + R"(,"layers":[]})",
        R"({"schemaVersion":2,"config":)" + kDescriptor + R"(,"layers":{}})",
        R"({"schemaVersion":2,"config":)" + kDescriptor + R"(,"layers":[7]})",
        std::string(
            R"({"schemaVersion":2,"config":{"mediaType":"m","digest":"sha512:aa","size":1},"layers":[]})"),
        std::string(R"({"schemaVersion":2,"config":{"digest":"sha256:)") + kHex +
            R"(","size":1},"layers":[]})",
        manifest_with(R"(,"x":)" + std::string(1000, '[') + std::string(1000, ']')),
        manifest_with(R"(,"x":")" + std::string(9 << 20, 'x') + '"')}) {
    INFO(bad.substr(0, 300));
    REQUIRE_CODE(Manifest::parse(bad), Code::corrupt);
  }
}

TEST_CASE("a document that is a manifest and an index as well is neither") {
  std::string both = manifest_with(R"(,"manifests":[)" + kDescriptor + "]");
  REQUIRE_CODE(Manifest::parse(both), Code::corrupt);
  REQUIRE_CODE(Index::parse(both), Code::corrupt);
}

TEST_CASE("an index keeps platforms and chooses by them") {
  Index index;
  auto add = [&](const char* content, std::optional<Platform> platform) {
    index.manifests.push_back(descriptor(kOciManifest, content));
    index.manifests.back().platform = std::move(platform);
  };
  add("none", std::nullopt);
  add("amd64", Platform{"linux", "amd64", ""});
  add("v6", Platform{"linux", "arm", "v6"});
  add("v7", Platform{"linux", "arm", "v7"});
  add("arm64", Platform{"linux", "arm64", "v8"});
  add("attestation", Platform{"unknown", "unknown", ""});
  auto parsed = Index::parse(index.json());
  REQUIRE_OK(parsed);

  auto chosen = [&](const char* platform) { return parsed->choose(*Platform::parse(platform)); };
  CHECK(chosen("linux/amd64")->digest == Digest::of("amd64"));
  CHECK(chosen("linux/arm/v7")->digest == Digest::of("v7"));
  CHECK(chosen("linux/arm64/v8")->digest == Digest::of("arm64"));
  CHECK(chosen("linux/arm")->digest == Digest::of("v6"));
  REQUIRE_CODE(chosen("linux/arm/v5"), Code::not_found);
  REQUIRE_CODE(parsed->choose({"unknown", "unknown", ""}), Code::not_found);
  CHECK(chosen("linux/s390x").error().message() ==
        "there is no image for linux/s390x; there are: linux/amd64, linux/arm/v6, linux/arm/v7, linux/arm64");
}

TEST_CASE("a descriptor stands alone with all its parts") {
  Descriptor one = descriptor(kOciManifest, "x");
  one.platform = Platform{"linux", "arm", "v7"};
  one.annotations = {{"org.opencontainers.image.ref.name", "a"}};
  auto again = Descriptor::parse(one.json());
  REQUIRE_OK(again);
  CHECK(*again == one);
  REQUIRE_CODE(Descriptor::parse("[]"), Code::corrupt);
}
