#include "unit/registry/fake_transport.hpp"

namespace tierbuild::registry {
namespace {

const std::string kManifests = " https://a.example/v2/app/manifests/";

/// A sink that gathers what it gets.
struct Gathered {
  std::string bytes;
  BodySink sink = [this](std::string_view piece) {
    bytes += piece;
    return Status();
  };
};

std::string get_blob(const image::Descriptor& blob, const std::string& host = "a.example") {
  return "GET https://" + host + "/v2/app/blobs/" + blob.digest.str();
}

}  // namespace

TEST_CASE("resolve takes the descriptor from the headers of a HEAD") {
  Scripted run;
  const std::string document = manifest_json();
  Headers headers = manifest_headers(document);
  headers["content-type"] += "; charset=utf-8";
  run.http.on("HEAD" + kManifests + "1", 200, headers);
  auto found = run.client.resolve(reference("a.example/app:1"));
  REQUIRE_OK(found);
  CHECK(found->digest == Digest::of(document));
  CHECK(found->size == document.size());
  CHECK(found->media_type == image::kOciManifest);
  for (const char* type :
       {image::kOciIndex, image::kOciManifest, image::kDockerIndex, image::kDockerManifest})
    CHECK_THAT(run.http.header(0, "Accept"), Catch::Matchers::Contains(type));
}

TEST_CASE("resolve computes the digest itself where the registry states none") {
  for (int head : {200, 405}) {
    Scripted run;
    const std::string document = manifest_json();
    run.http.on("HEAD" + kManifests + "1", head, {{"content-type", image::kOciManifest}})
        .on("GET" + kManifests + "1", 200, {{"content-type", image::kOciManifest}}, document);
    auto found = run.client.resolve(reference("a.example/app:1"));
    REQUIRE_OK(found);
    CHECK(found->digest == Digest::of(document));
  }
}

TEST_CASE("headers that cannot be true are rejected by resolve") {
  const std::string document = manifest_json();
  const std::vector<std::pair<std::string, std::string>> lies = {
      {"docker-content-digest", "sha256:xyz"},
      {"docker-content-digest", "sha256:../../../etc/passwd"},
      {"docker-content-digest", "md5:d41d8cd98f00b204e9800998ecf8427e"},
      {"content-length", "99999999999"},
      {"content-type", "text/html"}};
  for (const auto& [name, value] : lies) {
    INFO(name << ": " << value);
    Scripted run;
    Headers headers = manifest_headers(document);
    headers[name] = value;
    run.http.on("HEAD" + kManifests + "1", 200, headers);
    REQUIRE_CODE(run.client.resolve(reference("a.example/app:1")), Code::corrupt);
  }
  Scripted other;
  const std::string asked = Digest::of("asked").str();
  other.http.on("HEAD" + kManifests + asked, 200, manifest_headers(document));
  REQUIRE_CODE(other.client.resolve(reference("a.example/app@" + asked)), Code::corrupt);
}

TEST_CASE("a missing image is named with its host and a hint") {
  Scripted run;
  run.http.on("HEAD https://registry-1.docker.io/v2/library/python/manifests/3.99", 404);
  auto found = run.client.resolve(reference("python:3.99"));
  REQUIRE_CODE(found, Code::not_found);
  CHECK(found.error().message() == "cannot pull python:3.99 from docker.io: not found");
  CHECK_FALSE(found.error().hint().empty());
}

TEST_CASE("the registry's own words are shown, but cannot drive the terminal") {
  Scripted run;
  run.http.on("GET" + kManifests + "1", 403, {},
              "{\"errors\": [{\"code\": \"DENIED\", \"message\": \"no \\u001b[31m\"}]}");
  auto found = run.client.manifest(reference("a.example/app:1"));
  REQUIRE_CODE(found, Code::denied);
  CHECK_THAT(found.error().message(), Catch::Matchers::Contains("denied (no "));
  CHECK(found.error().message().find('\x1b') == std::string::npos);
}

TEST_CASE("a manifest is checked against the digest that asked for it") {
  const std::string document = manifest_json();
  const std::string digest = Digest::of(document).str();
  Scripted good;
  good.http.on("GET" + kManifests + digest, 200, manifest_headers(document), document);
  auto fetched = good.client.manifest(reference("a.example/app:1@" + digest));
  REQUIRE_OK(fetched);
  CHECK(fetched->bytes == document);
  CHECK(fetched->descriptor.digest.str() == digest);

  Scripted wrong;
  wrong.http.on("GET" + kManifests + digest, 200, {{"content-type", image::kOciManifest}}, document + " ");
  REQUIRE_CODE(wrong.client.manifest(reference("a.example/app@" + digest)), Code::corrupt);
  Scripted lying;
  lying.http.on("GET" + kManifests + "1", 200, manifest_headers(document), document + " ");
  REQUIRE_CODE(lying.client.manifest(reference("a.example/app:1")), Code::corrupt);
}

TEST_CASE("a document of another type than its Content-Type is rejected") {
  const std::string index = image::Index{}.json();
  const std::string both = R"({"schemaVersion":2,"manifests":[],"layers":[],"config":{}})";
  const std::vector<std::pair<std::string, std::string>> cases = {{image::kOciIndex, manifest_json()},
                                                                  {image::kDockerManifest, manifest_json()},
                                                                  {image::kOciManifest, index},
                                                                  {image::kOciManifest, both},
                                                                  {image::kOciIndex, both},
                                                                  {"application/json", manifest_json()},
                                                                  {"text/html", "<html>"},
                                                                  {"", manifest_json()},
                                                                  {image::kOciManifest, "{"}};
  for (const auto& [type, document] : cases) {
    INFO(type << " " << document);
    Scripted run;
    run.http.on("GET" + kManifests + "1", 200, {{"content-type", type}}, document);
    REQUIRE_CODE(run.client.manifest(reference("a.example/app:1")), Code::corrupt);
  }
}

TEST_CASE("a manifest above 4 MiB is rejected") {
  Scripted run;
  run.http.on("GET" + kManifests + "1", 200, {{"content-type", image::kOciManifest}},
              std::string((4 << 20) + 1, ' '));
  REQUIRE_CODE(run.client.manifest(reference("a.example/app:1")), Code::corrupt);
}

TEST_CASE("passing faults are tried again, with the pause that the registry asks for") {
  Scripted run;
  const std::string document = manifest_json();
  run.http.on("GET" + kManifests + "1", 429, {{"retry-after", "3"}})
      .fail("GET" + kManifests + "1", Code::network)
      .on("GET" + kManifests + "1", 503)
      .on("GET" + kManifests + "1", 200, manifest_headers(document), document);
  REQUIRE_OK(run.client.manifest(reference("a.example/app:1")));
  REQUIRE(run.pauses.size() == 3);
  CHECK(run.pauses[0] == 3000);
  CHECK(run.pauses[2] < 3000);
}

TEST_CASE("a tag that is just being written is asked for again") {
  Scripted run;
  const std::string document = manifest_json(), url = "https://a.example/v2/app/manifests/1";
  run.http.on("HEAD " + url, 400).on("GET " + url, 400, {}, R"({"errors":[{"code":"DIGEST_INVALID"}]})");
  run.http.on("GET " + url, 200, manifest_headers(document), document);
  auto found = run.client.resolve(reference("a.example/app:1"));
  REQUIRE_OK(found);
  CHECK(found->digest == Digest::of(document));
  run.http.on("GET " + url, 400, {}, R"({"errors":[{"code":"NAME_INVALID"}]})");
  CHECK_FALSE(run.client.manifest(reference("a.example/app:1")));
  CHECK(run.http.done());
}

TEST_CASE("a fault that stays is a network error after the retries") {
  Scripted run;
  for (int i = 0; i < 4; ++i) run.http.on("GET" + kManifests + "1", 502);
  auto failed = run.client.manifest(reference("a.example/app:1"));
  REQUIRE_CODE(failed, Code::network);
  CHECK_THAT(failed.error().message(), Catch::Matchers::Contains("502"));
  CHECK(run.http.done());
}

TEST_CASE("a blob goes to the sink whole") {
  Scripted run;
  const image::Descriptor blob = blob_of("hello");
  Gathered got;
  run.http.on(get_blob(blob), 200, {{"content-length", "5"}}, "hello");
  REQUIRE_OK(run.client.blob(reference("a.example/app:1"), blob, got.sink));
  CHECK(got.bytes == "hello");
  Scripted empty;
  empty.http.on(get_blob(blob_of("")), 200);
  REQUIRE_OK(empty.client.blob(reference("a.example/app:1"), blob_of(""), got.sink));
}

TEST_CASE("a blob with other bytes than its digest, or another length, is corrupt") {
  const image::Descriptor blob = blob_of("hello");
  struct Case {
    Headers headers;
    std::string body;
    std::string seen;
  };
  const std::vector<Case> cases = {{{}, "hallo", "hallo"},
                                   {{}, "hell", "hell"},
                                   {{}, "hello!", ""},
                                   {{{"content-length", "6"}}, "hello!", ""},
                                   {{{"content-length", "5x"}}, "hello", ""},
                                   {{{"content-length", "-1"}}, "hello", ""}};
  for (const Case& c : cases) {
    INFO(c.body);
    Scripted run;
    Gathered got;
    run.http.on(get_blob(blob), 200, c.headers, c.body);
    auto status = run.client.blob(reference("a.example/app:1"), blob, got.sink);
    REQUIRE_CODE(status, Code::corrupt);
    CHECK_THAT(status.error().str(), Catch::Matchers::Contains(blob.digest.str()));
    CHECK(got.bytes == c.seen);
  }
}

TEST_CASE("a lost connection is resumed where it broke") {
  Scripted run;
  const image::Descriptor blob = blob_of("hello world");
  Gathered got;
  run.http.cut(get_blob(blob), 200, {{"content-length", "11"}}, "hello")
      .on(get_blob(blob), 206, {{"content-range", "bytes 5-10/11"}, {"content-length", "6"}}, " world");
  REQUIRE_OK(run.client.blob(reference("a.example/app:1"), blob, got.sink));
  CHECK(got.bytes == "hello world");
  CHECK(run.http.header(0, "Range").empty());
  CHECK(run.http.header(1, "Range") == "bytes=5-");
}

TEST_CASE("a server without ranges sends all again and the sink sees each byte once") {
  Scripted run;
  const image::Descriptor blob = blob_of("hello world");
  Gathered got;
  run.http.cut(get_blob(blob), 200, {}, "hello")
      .cut(get_blob(blob), 200, {}, "hel")
      .on(get_blob(blob), 200, {{"content-length", "11"}}, "hello world");
  REQUIRE_OK(run.client.blob(reference("a.example/app:1"), blob, got.sink));
  CHECK(got.bytes == "hello world");
}

TEST_CASE("a range that was not asked for is corrupt") {
  Scripted run;
  const image::Descriptor blob = blob_of("hello world");
  Gathered got;
  run.http.cut(get_blob(blob), 200, {}, "hello")
      .on(get_blob(blob), 206, {{"content-range", "bytes 0-5/11"}}, "hello ");
  REQUIRE_CODE(run.client.blob(reference("a.example/app:1"), blob, got.sink), Code::corrupt);
  CHECK(got.bytes == "hello");
}

TEST_CASE("an error of the sink comes back and nothing is tried again") {
  ClientOptions options;
  options.mirrors["a.example"] = {"m.example"};
  Scripted run(no_credentials(), options);
  const image::Descriptor blob = blob_of("hello");
  run.http.on(get_blob(blob, "m.example"), 200, {}, "hello");
  auto full = [](std::string_view) { return Status(Error(Code::network, "the pipe is closed")); };
  auto status = run.client.blob(reference("a.example/app:1"), blob, full);
  REQUIRE_CODE(status, Code::network);
  CHECK_THAT(status.error().message(), Catch::Matchers::Contains("the pipe is closed"));
  CHECK(run.http.done());
}

TEST_CASE("a mirror is asked first, under its path, and the registry when it fails") {
  ClientOptions options;
  options.mirrors["docker.io"] = {"harbor.example/proxy/"};
  Scripted run(fixed_credentials("docker.io", {"ann", "x"}), options);
  const std::string document = manifest_json();
  const std::string mirror = "GET https://harbor.example/v2/proxy/library/python/manifests/3.12";
  run.http.on(mirror, 200, manifest_headers(document), document);
  REQUIRE_OK(run.client.manifest(reference("python:3.12")));
  CHECK(run.http.done());

  run.http.on(mirror, 404)
      .on("GET https://registry-1.docker.io/v2/library/python/manifests/3.12", 200,
          manifest_headers(document), document);
  REQUIRE_OK(run.client.manifest(reference("python:3.12")));

  run.http.on(mirror, 404).on("GET https://registry-1.docker.io/v2/library/python/manifests/3.12", 404);
  auto failed = run.client.manifest(reference("python:3.12"));
  REQUIRE_CODE(failed, Code::not_found);
  CHECK_THAT(failed.error().str(), Catch::Matchers::Contains("harbor.example"));
  CHECK(run.http.done());
}

TEST_CASE("a blob that a mirror left half done is finished by the registry") {
  ClientOptions options;
  options.mirrors["a.example"] = {"m.example"};
  options.retries = 0;
  Scripted run(no_credentials(), options);
  const image::Descriptor blob = blob_of("hello world");
  Gathered got;
  run.http.cut(get_blob(blob, "m.example"), 200, {}, "hello")
      .on(get_blob(blob), 206, {{"content-range", "bytes 5-10/11"}}, " world");
  REQUIRE_OK(run.client.blob(reference("a.example/app:1"), blob, got.sink));
  CHECK(got.bytes == "hello world");
}

TEST_CASE("plain HTTP is spoken to loopback and listed hosts only") {
  ClientOptions options;
  options.insecure = {"plain.example", "other.example:5000"};
  options.retries = 0;
  Scripted run(no_credentials(), options);
  const std::vector<std::pair<std::string, std::string>> hosts = {
      {"localhost:5000", "http"},   {"127.0.0.1:5000", "http"},     {"plain.example", "http"},
      {"plain.example:80", "http"}, {"other.example:5000", "http"}, {"other.example", "https"},
      {"a.example:5000", "https"}};
  for (const auto& [host, scheme] : hosts) {
    const std::string port = scheme == "http" && host == "plain.example:80" ? "plain.example:80" : host;
    run.http.fail(fmt::format("HEAD {}://{}/v2/app/manifests/1", scheme, port), Code::network);
    REQUIRE_CODE(run.client.resolve(reference(host + "/app:1")), Code::network);
  }
  CHECK(run.http.done());
}

TEST_CASE("tags are gathered over pages and sorted") {
  Scripted run;
  run.http
      .on("GET https://a.example/v2/app/tags/list?n=1000", 200,
          {{"link", "</v2/app/tags/list?n=1000&last=b>; rel=\"next\""}},
          R"({"name": "app", "tags": ["b", "1.0"]})")
      .on("GET https://a.example/v2/app/tags/list?n=1000&last=b", 200, {},
          R"({"name": "app", "tags": ["a", "b"]})");
  auto tags = run.client.tags(reference("a.example/app"));
  REQUIRE_OK(tags);
  CHECK(*tags == std::vector<std::string>{"1.0", "a", "b"});
}

TEST_CASE("hostile lists of tags are rejected or end") {
  const std::string line = "GET https://a.example/v2/app/tags/list?n=1000";
  for (const char* body :
       {"[]", "{}", R"({"tags": 5})", R"({"tags": [5]})", R"({"tags": ["../x"]})", R"({"tags": [""]})"}) {
    INFO(body);
    Scripted run;
    run.http.on(line, 200, {}, body);
    REQUIRE_CODE(run.client.tags(reference("a.example/app")), Code::corrupt);
  }
  Scripted elsewhere;
  elsewhere.http.on(line, 200, {{"link", "<https://evil.example/>; rel=\"next\""}}, R"({"tags": ["a"]})");
  REQUIRE_CODE(elsewhere.client.tags(reference("a.example/app")), Code::corrupt);
  Scripted endless;
  endless.http.on(line, 200, {{"link", "</v2/app/tags/list?n=2>; rel=next"}}, R"({"tags": ["a"]})")
      .on("GET https://a.example/v2/app/tags/list?n=2", 200, {{"link", "</v2/app/tags/list?n=3>; rel=next"}},
          R"({"tags": ["a"]})");
  REQUIRE_OK(endless.client.tags(reference("a.example/app")));
  Scripted none;
  none.http.on(line, 200, {}, R"({"tags": null})");
  CHECK(none.client.tags(reference("a.example/app"))->empty());
}

TEST_CASE("stopped work sends nothing and says so") {
  Scripted run;
  std::stop_source source;
  source.request_stop();
  REQUIRE_CODE(run.client.resolve(reference("a.example/app:1"), source.get_token()), Code::cancelled);
  CHECK(run.http.seen.empty());
}

TEST_CASE("work that is stopped during a pause is cancelled, not failed") {
  std::stop_source source;
  FakeTransport http;
  auto anonymous = no_credentials();
  ClientOptions options;
  options.sleep = [&](int64_t, std::stop_token) { source.request_stop(); };
  Client client(http, *anonymous, options);
  http.on("HEAD" + kManifests + "1", 503);
  REQUIRE_CODE(client.resolve(reference("a.example/app:1"), source.get_token()), Code::cancelled);
  CHECK(http.done());
}

}  // namespace tierbuild::registry
