// Blobs that go in pieces: where they go on after a fault, and what is not sent twice.
#include <fcntl.h>

#include "base/unique_fd.hpp"
#include "support/temp.hpp"
#include "unit/registry/fake_transport.hpp"

namespace tierbuild::registry {
namespace {

const std::string kBytes = "0123456789abcdefghij";
const image::Descriptor kBlob = blob_of(kBytes);
const std::string kHost = "https://a.example";
const std::string kQuery = "digest=sha256%3A" + kBlob.digest.hex();

std::string probe(const std::string& repository = "app") {
  return "HEAD " + kHost + "/v2/" + repository + "/blobs/" + kBlob.digest.str();
}
std::string open(const std::string& repository = "app") {
  return "POST " + kHost + "/v2/" + repository + "/blobs/uploads/";
}
Headers at(const std::string& where, const std::string& range = {}) {
  Headers headers{{"location", where}};
  if (!range.empty()) headers["range"] = range;
  return headers;
}
std::string patch(const std::string& where) {
  return "PATCH " + kHost + where;
}
std::string ask(const std::string& where) {
  return "GET " + kHost + where;
}
std::string put(const std::string& where) {
  return "PUT " + kHost + where + "?" + kQuery;
}

ClientOptions in_pieces() {
  ClientOptions options;
  options.limits["a.example"].chunk = 8;
  return options;
}

struct Push : Scripted {
  explicit Push(ClientOptions options = in_pieces()) : Scripted(no_credentials(), std::move(options)) {
    fd = UniqueFd(::open(temp.write("blob", kBytes).c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(fd);
  }
  Result<bool> push(const std::string& to = "app", PushOptions options = {}) {
    return client.push_blob(reference("a.example/" + to + ":1"), kBlob, fd.get(), options);
  }
  /// What the PATCHes carried, in order, with their ranges.
  std::string pieces() const {
    std::string out;
    for (const Request& request : http.seen)
      if (request.method == "PATCH") out += request.headers.at("Content-Range") + " " + request.body + "\n";
    return out;
  }
  test::Temp temp;
  UniqueFd fd;
};

}  // namespace

TEST_CASE("a blob larger than a piece goes in pieces, each where the answer before says") {
  Push run;
  run.http.on(probe(), 404)
      .on(open(), 202, at("/u/1"))
      .on(patch("/u/1"), 202, at("/u/2", "0-7"))
      .on(patch("/u/2"), 202, at("/u/3", "0-15"))
      .on(patch("/u/3"), 202, at("/u/4", "0-19"))
      .on(put("/u/4"), 201);
  auto sent = run.push();
  REQUIRE_OK(sent);
  CHECK(*sent);
  CHECK(run.pieces() == "0-7 01234567\n8-15 89abcdef\n16-19 ghij\n");
  CHECK(run.http.seen.back().body.empty());
}

TEST_CASE("a piece is as large as the registry wants it at least") {
  Push run;
  Headers opened = at("/u/1");
  opened["oci-chunk-min-length"] = "15";
  run.http.on(probe(), 404)
      .on(open(), 202, opened)
      .on(patch("/u/1"), 202, at("/u/2", "0-14"))
      .on(patch("/u/2"), 202, at("/u/3", "0-19"))
      .on(put("/u/3"), 201);
  REQUIRE_OK(run.push());
}

TEST_CASE("after a fault the upload goes on with the byte that the registry names") {
  for (int fault : {0, 429, 500, 502, 416}) {
    for (const auto& [range, rest] :
         std::vector<std::pair<std::string, std::string>>{{"0-7", "8-15 89abcdef\n16-19 ghij\n"},
                                                          {"0-11", "12-19 cdefghij\n"},
                                                          {"bytes=0-15", "16-19 ghij\n"}}) {
      INFO(fault << " " << range);
      Push run;
      run.http.on(probe(), 404).on(open(), 202, at("/u/1")).on(patch("/u/1"), 202, at("/u/2", "0-7"));
      fault == 0 ? run.http.fail(patch("/u/2"), Code::network) : run.http.on(patch("/u/2"), fault);
      run.http.on(ask("/u/2"), 204, at("/u/5", range)).on(patch("/u/5"), 202, at("/u/6"));
      if (rest.starts_with("8-")) run.http.on(patch("/u/6"), 202, at("/u/6"));
      run.http.on(put("/u/6"), 201);
      REQUIRE_OK(run.push());
      CHECK(run.pieces() == "0-7 01234567\n8-15 89abcdef\n" + rest);
      CHECK(run.pauses.size() == 1);
    }
  }
}

TEST_CASE("an upload that the registry has forgotten, or cannot tell of, starts anew") {
  for (int status : {404, 410, 400, 200}) {
    INFO(status);
    Push run;
    run.http.on(probe(), 404)
        .on(open(), 202, at("/u/1"))
        .on(patch("/u/1"), 202, at("/u/2", "0-7"))
        .fail(patch("/u/2"), Code::network)
        .on(ask("/u/2"), status)
        .on(probe(), 404)
        .on(open(), 202, at("/n/1"))
        .on(patch("/n/1"), 202, at("/n/1"))
        .on(patch("/n/1"), 202, at("/n/1"))
        .on(patch("/n/1"), 202, at("/n/1"))
        .on(put("/n/1"), 201);
    REQUIRE_OK(run.push());
    CHECK(run.http.done());
  }
}

TEST_CASE("a session that is lost under a piece starts anew, and the blob may have come by then") {
  Push run;
  run.http.on(probe(), 404).on(open(), 202, at("/u/1")).on(patch("/u/1"), 404).on(probe(), 200);
  REQUIRE_OK(run.push());
  CHECK(run.http.done());
}

TEST_CASE("a registry that takes no pieces gets the blob whole") {
  for (int status : {405, 501}) {
    Push run;
    run.http.on(probe(), 404)
        .on(open(), 202, at("/u/1"))
        .on(patch("/u/1"), status)
        .on(probe(), 404)
        .on(open(), 202, at("/n/1"))
        .on(put("/n/1"), 201);
    REQUIRE_OK(run.push());
    CHECK(run.http.seen.back().body == kBytes);
  }
}

TEST_CASE("pieces that the registry has put together wrongly are sent once more") {
  Push run;
  run.http.on(probe(), 404)
      .on(open(), 202, at("/u/1"))
      .fail(patch("/u/1"), Code::network)
      .on(ask("/u/1"), 204, at("/u/1", "0-19"))
      .on(put("/u/1"), 400)
      .on(probe(), 404)
      .on(open(), 202, at("/n/1"));
  for (int i = 0; i < 3; ++i) run.http.on(patch("/n/1"), 202, at("/n/1"));
  run.http.on(put("/n/1"), 400);
  REQUIRE_CODE(run.push(), Code::network);
  CHECK(run.http.done());
}

TEST_CASE("a registry that counts nonsense is not believed") {
  for (const char* range : {"0-99", "0-3"}) {
    ClientOptions options = in_pieces();
    options.retries = 0;
    Push run(options);
    run.http.on(probe(), 404)
        .on(open(), 202, at("/u/1"))
        .on(patch("/u/1"), 202, at("/u/2", "0-7"))
        .on(patch("/u/2"), 202, at("/u/3", range));
    REQUIRE_CODE(run.push(), Code::network);
  }
}

TEST_CASE("the patience lasts as long as the upload goes forward") {
  ClientOptions options = in_pieces();
  options.retries = 1;
  Push run(options);
  run.http.on(probe(), 404).on(open(), 202, at("/u"));
  for (int end : {7, 15, 19})
    run.http.fail(patch("/u"), Code::network).on(ask("/u"), 204, at("/u", fmt::format("0-{}", end)));
  run.http.on(put("/u"), 201);
  REQUIRE_OK(run.push());
  CHECK(run.pauses.size() == 3);
  CHECK(run.pauses.back() <= 250);
}

TEST_CASE("an upload does not go on at another place") {
  Push run;
  run.http.on(probe(), 404).on(open(), 202, at("/u/1")).on(patch("/u/1"), 202, at("https://evil.example/u"));
  REQUIRE_CODE(run.push(), Code::corrupt);
  CHECK(run.http.done());
}

TEST_CASE("a blob that this client has sent is not asked for again, and mounted elsewhere") {
  Push run(ClientOptions{});
  const std::string mount = open("other") + "?mount=sha256%3A" + kBlob.digest.hex() + "&from=app";
  run.http.on(probe(), 404)
      .on(open(), 202, at("/u"))
      .on(put("/u"), 201)
      .on(probe("other"), 404)
      .on(mount, 201);
  CHECK(*run.push());
  CHECK_FALSE(*run.push());
  CHECK_FALSE(*run.push("other"));
  CHECK(run.http.done());
}

TEST_CASE("a push that failed leaves no memory of the blob") {
  Push run(ClientOptions{});
  run.http.on(probe(), 404).on(open(), 403).on(probe(), 200);
  REQUIRE_CODE(run.push(), Code::denied);
  CHECK_FALSE(*run.push());
  CHECK(run.http.done());
}

}  // namespace tierbuild::registry
