// Who gets the login, and who does not.
#include "registry/base64.hpp"
#include "unit/registry/fake_transport.hpp"

namespace tierbuild::registry {
namespace {

constexpr const char* kManifest = "https://a.example/v2/app/manifests/1";
const std::string kGet = std::string("GET ") + kManifest;
const std::string kToken = "GET https://auth.example/token?service=reg&scope=repository%3Aapp%3Apull";

std::unique_ptr<Credentials> ann() {
  return fixed_credentials("a.example", {"ann", "secret"});
}
const std::string kAnn = "Basic " + base64("ann:secret");

Headers bearer(const std::string& realm) {
  return {
      {"www-authenticate", "Bearer realm=\"" + realm + "\",service=\"reg\",scope=\"repository:app:pull\""}};
}
const Headers kBearer = bearer("https://auth.example/token");
const Headers kBasic = {{"www-authenticate", "Basic realm=\"x\""}};

void answer(FakeTransport& http, const std::string& line) {
  const std::string document = manifest_json();
  http.on(line, 200, manifest_headers(document), document);
}

}  // namespace

TEST_CASE("a login is sent only once it is asked for, and then at once") {
  Scripted run(ann());
  run.http.on(kGet, 401, kBasic);
  answer(run.http, kGet);
  answer(run.http, kGet);
  REQUIRE_OK(run.client.manifest(reference("a.example/app:1")));
  REQUIRE_OK(run.client.manifest(reference("a.example/app:1")));
  CHECK(run.http.header(0, "Authorization").empty());
  CHECK(run.http.header(1, "Authorization") == kAnn);
  CHECK(run.http.header(2, "Authorization") == kAnn);
}

TEST_CASE("logins are looked up by repository") {
  class Names final : public Credentials {
   public:
    Result<std::optional<Login>> find(const std::string& name) override {
      asked.push_back(name);
      return std::optional(Login{"ann", "x"});
    }
    std::vector<std::string> asked;
  };
  auto names = std::make_unique<Names>();
  Names& seen = *names;
  Scripted run(std::move(names));
  const std::string get = "GET https://a.example/v2/team/app/manifests/1";
  run.http.on(get, 401, kBasic);
  answer(run.http, get);
  REQUIRE_OK(run.client.manifest(reference("a.example/team/app:1")));
  CHECK(seen.asked == std::vector<std::string>{"a.example/team/app"});
}

TEST_CASE("a login of one host is not sent to another") {
  Scripted run(ann());
  run.http.on("GET https://b.example/v2/app/manifests/1", 401, kBasic);
  REQUIRE_CODE(run.client.manifest(reference("b.example/app:1")), Code::denied);
  CHECK(run.http.authorized() == 0);
  CHECK(run.http.done());
}

TEST_CASE("a token is fetched with the login and kept") {
  Scripted run(ann());
  run.http.on(kGet, 401, kBearer).on(kToken, 200, {}, R"({"token": "t1", "expires_in": 300})");
  answer(run.http, kGet);
  answer(run.http, kGet);
  REQUIRE_OK(run.client.manifest(reference("a.example/app:1")));
  REQUIRE_OK(run.client.manifest(reference("a.example/app:1")));
  CHECK(run.http.header(1, "Authorization") == kAnn);
  CHECK(run.http.header(2, "Authorization") == "Bearer t1");
  CHECK(run.http.header(3, "Authorization") == "Bearer t1");
}

TEST_CASE("without a login the token is anonymous") {
  Scripted run;
  run.http.on(kGet, 401, kBearer).on(kToken, 200, {}, R"({"access_token": "t1"})");
  answer(run.http, kGet);
  REQUIRE_OK(run.client.manifest(reference("a.example/app:1")));
  CHECK(run.http.header(1, "Authorization").empty());
  CHECK(run.http.header(2, "Authorization") == "Bearer t1");
}

TEST_CASE("an expired token is replaced once; a second refusal is final") {
  Scripted run;
  run.http.on(kGet, 401, kBearer).on(kToken, 200, {}, R"({"token": "t1"})");
  answer(run.http, kGet);
  run.http.on(kGet, 401, kBearer).on(kToken, 200, {}, R"({"token": "t2"})").on(kGet, 401, kBearer);
  REQUIRE_OK(run.client.manifest(reference("a.example/app:1")));
  auto refused = run.client.manifest(reference("a.example/app:1"));
  REQUIRE_CODE(refused, Code::denied);
  CHECK_THAT(refused.error().hint(), Catch::Matchers::Contains("tierbuild login a.example"));
  CHECK(run.http.header(5, "Authorization") == "Bearer t2");
  CHECK(run.http.done());
}

TEST_CASE("tokens of different repositories are kept apart") {
  Scripted run;
  run.http.on(kGet, 401, kBearer).on(kToken, 200, {}, R"({"token": "t1"})");
  answer(run.http, kGet);
  answer(run.http, "GET https://a.example/v2/other/manifests/1");
  REQUIRE_OK(run.client.manifest(reference("a.example/app:1")));
  REQUIRE_OK(run.client.manifest(reference("a.example/other:1")));
  CHECK(run.http.header(3, "Authorization").empty());
}

TEST_CASE("a refresh token goes to the token server in a form") {
  Scripted run(fixed_credentials("a.example", {kTokenUser, "r&t"}));
  run.http.on(kGet, 401, kBearer).on("POST https://auth.example/token", 200, {}, R"({"access_token": "t1"})");
  answer(run.http, kGet);
  REQUIRE_OK(run.client.manifest(reference("a.example/app:1")));
  CHECK(run.http.seen[1].body ==
        "service=reg&grant_type=refresh_token&client_id=tierbuild&scope=repository%3Aapp%3Apull&refresh_"
        "token=r%26t");
  CHECK(run.http.header(1, "Authorization").empty());
}

TEST_CASE("a token server that is not encrypted gets nothing") {
  for (const char* realm : {"http://auth.example/token", "http://127.0.0.1:8000/token", "ftp://auth.example/",
                            "", "https://u:p@auth.example/token", "auth.example"}) {
    INFO(realm);
    Scripted run(ann());
    run.http.on(kGet, 401, bearer(realm));
    REQUIRE_CODE(run.client.manifest(reference("a.example/app:1")), Code::denied);
    CHECK(run.http.seen.size() == 1);
  }
}

TEST_CASE("a registry in plain HTTP may name a token server on its own host or on loopback") {
  for (const char* host : {"127.0.0.1:5000", "plain.example"}) {
    for (const char* realm :
         {"http://127.0.0.1:5001/t", "http://plain.example:81/t", "http://evil.example/t"}) {
      INFO(host << " names " << realm);
      ClientOptions options;
      options.insecure = {"plain.example"};
      Scripted run(fixed_credentials(host, {"ann", "secret"}), options);
      const std::string line = fmt::format("GET http://{}/v2/app/manifests/1", host);
      const bool allowed = std::string_view(realm).find("127.0.0.1") != std::string_view::npos ||
                           std::string_view(realm).find(host) != std::string_view::npos;
      run.http.on(line, 401, bearer(realm));
      if (allowed) {
        run.http.on(fmt::format("GET {}?service=reg&scope=repository%3Aapp%3Apull", realm), 200, {},
                    R"({"token": "t"})");
        answer(run.http, line);
      }
      CHECK(static_cast<bool>(run.client.manifest(reference(std::string(host) + "/app:1"))) == allowed);
      CHECK(run.http.done());
    }
  }
}

TEST_CASE("a token that could break the header is refused") {
  for (const char* body :
       {R"({"token": "a\r\nX: y"})", R"({"token": ""})", R"({"token": 5})", "[]", "no JSON"}) {
    INFO(body);
    Scripted run(no_credentials(), {{}, {}, 0});
    run.http.on(kGet, 401, kBearer).on(kToken, 200, {}, body);
    REQUIRE_CODE(run.client.manifest(reference("a.example/app:1")), Code::network);
    CHECK(run.http.seen.size() == 2);
  }
}

TEST_CASE("a token server's redirect is not followed") {
  Scripted run(ann(), {{}, {}, 0});
  run.http.on(kGet, 401, kBearer).on(kToken, 302, {{"location", "https://evil.example/"}});
  REQUIRE_CODE(run.client.manifest(reference("a.example/app:1")), Code::network);
  CHECK(run.http.done());
}

TEST_CASE("a login that the registry or the token server refuses is not tried again") {
  Scripted basic(ann());
  basic.http.on(kGet, 401, kBasic).on(kGet, 401, kBasic);
  auto refused = basic.client.manifest(reference("a.example/app:1"));
  REQUIRE_CODE(refused, Code::denied);
  CHECK_THAT(refused.error().hint(), Catch::Matchers::Contains("tierbuild login a.example"));

  Scripted token(ann());
  token.http.on(kGet, 401, kBearer).on(kToken, 401);
  REQUIRE_CODE(token.client.manifest(reference("a.example/app:1")), Code::denied);
  CHECK(basic.http.done());
  CHECK(token.http.done());
}

TEST_CASE("of two challenges the token is preferred") {
  Scripted run(ann());
  run.http
      .on(kGet, 401,
          {{"www-authenticate", kBasic.at("www-authenticate") + ", " + kBearer.at("www-authenticate")}})
      .on(kToken, 200, {}, R"({"token": "t1"})");
  answer(run.http, kGet);
  REQUIRE_OK(run.client.manifest(reference("a.example/app:1")));
}

TEST_CASE("a redirect target sees no login, and its challenge is not answered") {
  Scripted run(ann());
  const image::Descriptor blob = blob_of("hello");
  const std::string line = "GET https://a.example/v2/app/blobs/" + blob.digest.str();
  run.http.on(line, 401, kBasic)
      .on(line, 307, {{"location", "https://cdn.example/x"}})
      .on("GET https://cdn.example/x", 401, kBasic);
  auto status =
      run.client.blob(reference("a.example/app:1"), blob, [](std::string_view) { return Status(); });
  REQUIRE_CODE(status, Code::denied);
  CHECK(run.http.header(1, "Authorization") == kAnn);
  CHECK(run.http.header(2, "Authorization").empty());
  CHECK(run.http.done());
}

TEST_CASE("once a redirect has left the registry, coming back gives no login") {
  Scripted run(ann());
  const image::Descriptor blob = blob_of("hello");
  const std::string line = "GET https://a.example/v2/app/blobs/" + blob.digest.str();
  run.http.on(line, 401, kBasic)
      .on(line, 302, {{"location", "https://cdn.example/x"}})
      .on("GET https://cdn.example/x", 302, {{"location", "https://a.example/secret"}})
      .on("GET https://a.example/secret", 200, {}, "hello");
  REQUIRE_OK(run.client.blob(reference("a.example/app:1"), blob, [](std::string_view) { return Status(); }));
  CHECK(run.http.header(3, "Authorization").empty());
}

TEST_CASE("another port or scheme is another place") {
  Scripted run(ann());
  const image::Descriptor blob = blob_of("hello");
  const std::string line = "GET https://a.example/v2/app/blobs/" + blob.digest.str();
  run.http.on(line, 401, kBasic)
      .on(line, 307, {{"location", "https://a.example:8443/x"}})
      .on("GET https://a.example:8443/x", 200, {}, "hello");
  REQUIRE_OK(run.client.blob(reference("a.example/app:1"), blob, [](std::string_view) { return Status(); }));
  CHECK(run.http.header(2, "Authorization").empty());
}

TEST_CASE("a redirect within the registry keeps the login") {
  Scripted run(ann());
  run.http.on(kGet, 401, kBasic).on(kGet, 307, {{"location", "/moved"}});
  answer(run.http, "GET https://a.example/moved");
  REQUIRE_OK(run.client.manifest(reference("a.example/app:1")));
  CHECK(run.http.header(2, "Authorization") == kAnn);
}

TEST_CASE("redirects end: no downgrade, no loop, no other scheme") {
  for (const char* target : {"http://cdn.example/x", "http://127.0.0.1/x", "file:///etc/passwd", ""}) {
    INFO(target);
    Scripted run;
    run.http.on(kGet, 307, {{"location", target}});
    REQUIRE_CODE(run.client.manifest(reference("a.example/app:1")), Code::corrupt);
    CHECK(run.http.seen.size() == 1);
  }
  Scripted loop;
  for (int i = 0; i < 6; ++i) loop.http.on(kGet, 307, {{"location", kManifest}});
  REQUIRE_CODE(loop.client.manifest(reference("a.example/app:1")), Code::corrupt);
  CHECK(loop.http.seen.size() == 6);
}

TEST_CASE("docker.io is asked at its API host, with the login of docker.io") {
  Scripted run(fixed_credentials("docker.io", {"ann", "secret"}));
  const std::string line = "GET https://registry-1.docker.io/v2/library/python/manifests/3.12";
  run.http.on(line, 401, kBasic);
  answer(run.http, line);
  REQUIRE_OK(run.client.manifest(reference("python:3.12")));
  CHECK(run.http.header(1, "Authorization") == kAnn);
}

}  // namespace tierbuild::registry
