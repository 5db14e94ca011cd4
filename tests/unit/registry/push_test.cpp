#include <fcntl.h>

#include "base/unique_fd.hpp"
#include "support/temp.hpp"
#include "unit/registry/fake_transport.hpp"

namespace tierbuild::registry {
namespace {

const std::string kBytes = "layer bytes";
const image::Descriptor kBlob = blob_of(kBytes);
const std::string kRepository = " https://a.example/v2/app/";
const std::string kProbe = "HEAD" + kRepository + "blobs/" + kBlob.digest.str();
const std::string kOpen = "POST" + kRepository + "blobs/uploads/";
const std::string kQuery = "digest=sha256%3A" + kBlob.digest.hex();

struct Push : Scripted {
  explicit Push(ClientOptions options = {}) : Scripted(no_credentials(), std::move(options)) {
    fd = UniqueFd(::open(temp.write("blob", kBytes).c_str(), O_RDONLY | O_CLOEXEC));
  }
  Result<bool> push(const std::string& mount_from = {}) {
    return client.push_blob(reference("a.example/app:1"), kBlob, fd.get(), mount_from);
  }
  test::Temp temp;
  UniqueFd fd;
};

}  // namespace

TEST_CASE("a blob that the registry has is not sent") {
  Push run;
  run.http.on(kProbe, 200);
  auto sent = run.push();
  REQUIRE_OK(sent);
  CHECK_FALSE(*sent);
}

TEST_CASE("a blob is put where the registry says, relative or absolute, with its digest") {
  for (const char* location :
       {"/v2/app/blobs/uploads/7?_state=x", "https://a.example/v2/app/blobs/uploads/7?_state=x"}) {
    Push run;
    run.http.on(kProbe, 404)
        .on(kOpen, 202, {{"location", location}})
        .on("PUT" + kRepository + "blobs/uploads/7?_state=x&" + kQuery, 201);
    auto sent = run.push();
    REQUIRE_OK(sent);
    CHECK(*sent);
    CHECK(run.http.seen[2].body == kBytes);
    CHECK(run.http.header(2, "Content-Type") == "application/octet-stream");
  }
}

TEST_CASE("an upload is not sent to another place") {
  for (const char* location :
       {"https://evil.example/up", "http://a.example/up", "https://a.example:444/up", ""}) {
    INFO(location);
    Push run;
    run.http.on(kProbe, 404).on(kOpen, 202, {{"location", location}});
    REQUIRE_CODE(run.push(), Code::corrupt);
    CHECK(run.http.done());
  }
}

TEST_CASE("a blob of another repository is mounted") {
  Push run;
  run.http.on(kProbe, 404).on(kOpen + "?mount=sha256%3A" + kBlob.digest.hex() + "&from=base%2Fimage", 201);
  auto sent = run.push("base/image");
  REQUIRE_OK(sent);
  CHECK_FALSE(*sent);
}

TEST_CASE("a mount that the registry does not make becomes an upload") {
  const std::string mount = kOpen + "?mount=sha256%3A" + kBlob.digest.hex() + "&from=base";
  Push accepted;
  accepted.http.on(kProbe, 404)
      .on(mount, 202, {{"location", "/up"}})
      .on("PUT https://a.example/up?" + kQuery, 201);
  CHECK(*accepted.push("base"));
  Push refused;
  refused.http.on(kProbe, 404)
      .on(mount, 403)
      .on(kOpen, 202, {{"location", "/up"}})
      .on("PUT https://a.example/up?" + kQuery, 201);
  CHECK(*refused.push("base"));
}

TEST_CASE("a mount from the repository itself is no mount") {
  Push run;
  run.http.on(kProbe, 404)
      .on(kOpen, 202, {{"location", "/up"}})
      .on("PUT https://a.example/up?" + kQuery, 201);
  REQUIRE_OK(run.push("app"));
}

TEST_CASE("a broken upload starts anew with the whole file") {
  for (int fault : {0, 404, 429, 500, 502}) {
    INFO(fault);
    Push run;
    run.http.on(kProbe, 404).on(kOpen, 202, {{"location", "/up1"}});
    const std::string put = "PUT https://a.example/up1?" + kQuery;
    fault == 0 ? run.http.fail(put, Code::network) : run.http.on(put, fault);
    run.http.on(kProbe, 404)
        .on(kOpen, 202, {{"location", "/up2"}})
        .on("PUT https://a.example/up2?" + kQuery, 201);
    auto sent = run.push();
    REQUIRE_OK(sent);
    CHECK(*sent);
    CHECK(run.http.seen.back().body == kBytes);
    CHECK(run.pauses.size() == 1);
  }
}

TEST_CASE("an upload whose answer was lost is found at the next try") {
  Push run;
  run.http.on(kProbe, 404)
      .on(kOpen, 202, {{"location", "/up1"}})
      .fail("PUT https://a.example/up1?" + kQuery, Code::network)
      .on(kProbe, 200);
  CHECK(*run.push());
  CHECK(run.http.done());
}

TEST_CASE("a refused upload ends at once and names the blob") {
  const std::vector<std::pair<int, Code>> faults = {
      {400, Code::network}, {403, Code::denied}, {413, Code::network}};
  for (const auto& [fault, code] : faults) {
    Push run;
    run.http.on(kProbe, 404)
        .on(kOpen, 202, {{"location", "/up"}})
        .on("PUT https://a.example/up?" + kQuery, fault);
    auto sent = run.push();
    REQUIRE_CODE(sent, code);
    CHECK_THAT(sent.error().message(), Catch::Matchers::Contains("cannot push a.example/app:1 to a.example"));
    CHECK_THAT(sent.error().message(), Catch::Matchers::Contains(kBlob.digest.str()));
    CHECK(run.http.done());
    CHECK(run.pauses.empty());
  }
}

TEST_CASE("an upload that the registry stored as something else is corrupt") {
  Push run;
  run.http.on(kProbe, 404)
      .on(kOpen, 202, {{"location", "/up"}})
      .on("PUT https://a.example/up?" + kQuery, 201, {{"docker-content-digest", Digest::of("other").str()}});
  REQUIRE_CODE(run.push(), Code::corrupt);
}

TEST_CASE("a push asks for the right to push, and a mount for both repositories") {
  Push run;
  const Headers challenge = {{"www-authenticate", "Bearer realm=\"https://auth.example/t\",service=\"s\""}};
  const std::string token = "GET https://auth.example/t?service=s&scope=repository%3Aapp%3Apull%2Cpush";
  const std::string mount = kOpen + "?mount=sha256%3A" + kBlob.digest.hex() + "&from=base";
  run.http.on(kProbe, 401, challenge)
      .on(token, 200, {}, R"({"token": "t1"})")
      .on(kProbe, 404)
      .on(mount, 401, challenge)
      .on(token + "&scope=repository%3Abase%3Apull", 200, {}, R"({"token": "t2"})")
      .on(mount, 201);
  REQUIRE_OK(run.push("base"));
  CHECK(run.http.header(2, "Authorization") == "Bearer t1");
  CHECK(run.http.header(5, "Authorization") == "Bearer t2");
}

TEST_CASE("a manifest is put under its tag, or under its digest without one") {
  const std::string document = manifest_json();
  const image::Descriptor descriptor{image::kOciManifest, Digest::of(document), document.size()};
  Push run;
  run.http.on("PUT" + kRepository + "manifests/1", 201, {{"docker-content-digest", descriptor.digest.str()}})
      .on("PUT" + kRepository + "manifests/" + descriptor.digest.str(), 201);
  REQUIRE_OK(run.client.push_manifest(reference("a.example/app:1"), descriptor, document));
  REQUIRE_OK(
      run.client.push_manifest(reference("a.example/app@" + descriptor.digest.str()), descriptor, document));
  CHECK(run.http.seen[0].body == document);
  CHECK(run.http.header(0, "Content-Type") == image::kOciManifest);
}

TEST_CASE("a manifest's push outlasts a busy registry, and checks what was stored") {
  const std::string document = manifest_json();
  const image::Descriptor descriptor{image::kOciManifest, Digest::of(document), document.size()};
  const std::string line = "PUT" + kRepository + "manifests/1";
  Push run;
  run.http.on(line, 429, {{"retry-after", "2"}}).on(line, 201);
  REQUIRE_OK(run.client.push_manifest(reference("a.example/app:1"), descriptor, document));
  CHECK(run.pauses == std::vector<int64_t>{2000});
  for (std::string stated : {Digest::of("other").str(), std::string("nonsense")}) {
    Push wrong;
    wrong.http.on(line, 201, {{"docker-content-digest", stated}});
    REQUIRE_CODE(wrong.client.push_manifest(reference("a.example/app:1"), descriptor, document),
                 Code::corrupt);
  }
}

TEST_CASE("pushes go to the registry, not to its mirror") {
  ClientOptions options;
  options.mirrors["a.example"] = {"m.example"};
  Push run(options);
  run.http.on(kProbe, 200).on(kProbe, 200);
  REQUIRE_OK(run.push());
  CHECK(run.client.has_blob(reference("a.example/app:1"), kBlob.digest));
}

TEST_CASE("has_blob is false for a missing blob and for a registry that does not answer") {
  Push run({{}, {}, 0});
  run.http.on(kProbe, 404).fail(kProbe, Code::network);
  CHECK_FALSE(run.client.has_blob(reference("a.example/app:1"), kBlob.digest));
  CHECK_FALSE(run.client.has_blob(reference("a.example/app:1"), kBlob.digest));
}

}  // namespace tierbuild::registry
