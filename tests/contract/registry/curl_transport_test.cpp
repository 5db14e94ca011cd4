#include <fcntl.h>

#include <random>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"
#include "contract/registry/raw_server.hpp"
#include "registry/client.hpp"
#include "support/temp.hpp"

namespace tierbuild::registry {
namespace {

Request get(const std::string& url) {
  Request request;
  request.url = url;
  return request;
}

RawServer::Handler always(std::string bytes, After after = After::close) {
  return [=](const std::string&, const std::string&) { return RawAnswer{bytes, after}; };
}

}  // namespace

TEST_CASE("header names are lower case and repeated headers joined") {
  RawServer server(
      always("HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nwww-authenticate: Bearer realm=x\r\n"
             "X-Empty:\r\nContent-Length: 4\r\n\r\nbody"));
  auto answer = curl_transport()->send(get(server.url()));
  REQUIRE_OK(answer);
  CHECK(answer->status == 401);
  CHECK(answer->header("www-authenticate") == "Basic, Bearer realm=x");
  CHECK(answer->body == "body");
}

TEST_CASE("the sink gets a good body, and never that of an error") {
  RawServer good(always("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"));
  RawServer bad(always("HTTP/1.1 404 No\r\nContent-Length: 5\r\n\r\nerror"));
  std::string got;
  const BodySink sink = [&](std::string_view piece) {
    got += piece;
    return Status();
  };
  auto transport = curl_transport();
  CHECK(transport->send(get(good.url()), sink)->body.empty());
  CHECK(transport->send(get(bad.url()), sink)->body == "error");
  CHECK(got == "body");
}

TEST_CASE("an error of the sink or of on_head stops the exchange and comes back") {
  RawServer server(always("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"));
  auto transport = curl_transport();
  auto full = [](std::string_view) { return Status(Error(Code::no_space, "full")); };
  REQUIRE_CODE(transport->send(get(server.url()), full), Code::no_space);
  Request request = get(server.url());
  int seen = 0;
  request.on_head = [&](const Response& head) {
    seen = head.status;
    return Status(Error(Code::corrupt, "no"));
  };
  REQUIRE_CODE(transport->send(request), Code::corrupt);
  CHECK(seen == 200);
}

TEST_CASE("redirects are not followed") {
  RawServer server(always("HTTP/1.1 307 Go\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"));
  auto answer = curl_transport()->send(get(server.url()));
  REQUIRE_OK(answer);
  CHECK(answer->status == 307);
  CHECK(answer->header("location") == "/other");
}

TEST_CASE("a server that never ends its headers or its body is stopped") {
  std::string headers = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 400; ++i) headers += fmt::format("X-{}: {}\r\n", i, std::string(1000, 'x'));
  RawServer giant(always(headers + "\r\n"));
  RawServer endless(always("HTTP/1.1 200 OK\r\n\r\n" + std::string(9 << 20, 'x')));
  REQUIRE_CODE(curl_transport()->send(get(giant.url())), Code::corrupt);
  REQUIRE_CODE(curl_transport()->send(get(endless.url())), Code::corrupt);
}

TEST_CASE("trailers and later status lines do not change the answer") {
  RawServer server(always(
      "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4\r\nbody\r\n0\r\nX-Late: 1\r\n\r\n"));
  auto answer = curl_transport()->send(get(server.url()));
  REQUIRE_OK(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body == "body");
  CHECK(answer->headers.count("x-late") + answer->headers.count("x-early") == 0);
}

TEST_CASE("connections that break are network errors") {
  const std::vector<RawAnswer> answers = {{"", After::close},
                                          {"", After::reset},
                                          {"nonsense\r\n\r\n", After::close},
                                          {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody", After::close},
                                          {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody", After::reset}};
  for (const RawAnswer& answer : answers) {
    INFO(answer.bytes);
    RawServer server(always(answer.bytes, answer.after));
    REQUIRE_CODE(curl_transport()->send(get(server.url())), Code::network);
  }
}

TEST_CASE("a server that stalls is a network error after the limit") {
  RawServer server(always("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody", After::hold));
  const int64_t start = Clock::system().monotonic();
  auto answer = curl_transport({std::chrono::seconds(1), {}})->send(get(server.url()));
  REQUIRE_CODE(answer, Code::network);
  CHECK(Clock::system().monotonic() - start < 10'000);  // libcurl measures over five seconds
}

TEST_CASE("an exchange ends soon after it is stopped") {
  RawServer server(always("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody", After::hold));
  std::stop_source source;
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    source.request_stop();
  });
  const int64_t start = Clock::system().monotonic();
  auto answer = curl_transport()->send(get(server.url()), {}, source.get_token());
  stopper.join();
  REQUIRE_CODE(answer, Code::cancelled);
  CHECK(Clock::system().monotonic() - start < 2500);
}

TEST_CASE("TLS that is answered in plain text is an error, never plain text") {
  RawServer server(always("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"));
  auto answer = curl_transport()->send(get("https://" + server.host() + "/"));
  REQUIRE_CODE(answer, Code::network);
  CHECK_THAT(answer.error().hint(), Catch::Matchers::Contains("insecure"));
}

TEST_CASE("URLs of other schemes and headers with line ends are not sent") {
  auto transport = curl_transport();
  REQUIRE_CODE(transport->send(get("file:///etc/hostname")), Code::invalid);
  REQUIRE_CODE(transport->send(get("http://user@127.0.0.1/")), Code::invalid);
  Request request = get("http://127.0.0.1:1/");
  request.headers["Authorization"] = "Bearer x\r\nX-Injected: y";
  REQUIRE_CODE(transport->send(request), Code::invalid);
}

TEST_CASE("a file is sent from its position, which stays, with exactly its length") {
  std::string head, body;
  RawServer server([&](const std::string& h, const std::string& b) {
    head = h;
    body = b;
    return RawAnswer{"HTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n", After::close};
  });
  test::Temp temp;
  UniqueFd fd(::open(temp.write("file", "0123456789").c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(::lseek(fd.get(), 3, SEEK_SET) == 3);
  Request request = get(server.url());
  request.method = "PUT";
  request.body_fd = fd.get();
  request.body_size = 5;
  auto transport = curl_transport();
  for (int round = 0; round < 2; ++round) {
    body.clear();
    auto answer = transport->send(request);
    REQUIRE_OK(answer);
    CHECK(answer->status == 201);
    CHECK(body == "34567");
    CHECK(head.starts_with("PUT / HTTP/1.1\r\n"));
    CHECK(::lseek(fd.get(), 0, SEEK_CUR) == 3);
  }
  request.body_size = 50;
  REQUIRE_CODE(transport->send(request), Code::io);
}

TEST_CASE("a body from memory is sent with its own type or none") {
  std::string head, body;
  RawServer server([&](const std::string& h, const std::string& b) {
    head = lower(h);
    body = b;
    return RawAnswer{"HTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n", After::close};
  });
  Request request = get(server.url());
  request.method = "POST";
  REQUIRE_OK(curl_transport()->send(request));
  CHECK(head.find("content-type") == std::string::npos);
  CHECK(head.find("content-length: 0\r\n") != std::string::npos);
  request.method = "PUT";
  request.body = "text";
  request.headers["Content-Type"] = "application/json";
  REQUIRE_OK(curl_transport()->send(request));
  CHECK(head.starts_with("put / "));
  CHECK(head.find("content-type: application/json\r\n") != std::string::npos);
  CHECK(body == "text");
}

TEST_CASE("a blob survives connections that break at random bytes") {
  std::mt19937 random(7);
  std::string bytes(1 << 20, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  const image::Descriptor blob{image::kOciLayer, Digest::of(bytes), bytes.size()};
  int connections = 0;
  uint64_t sent = 0;
  RawServer server([&](const std::string& head, const std::string&) {
    const size_t range = lower(head).find("range: bytes=");
    const size_t start =
        range == std::string::npos ? 0 : std::strtoul(head.c_str() + range + 13, nullptr, 10);
    std::string status = start == 0 ? "200 OK"
                                    : fmt::format("206 Part\r\nContent-Range: bytes {}-{}/{}", start,
                                                  bytes.size() - 1, bytes.size());
    std::string answer =
        fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n", status, bytes.size() - start);
    const size_t part = ++connections <= 20 ? random() % (bytes.size() / 20) : bytes.size();
    answer += bytes.substr(start, part);
    sent += std::min(part, bytes.size() - start);
    return RawAnswer{answer, connections % 2 == 0 ? After::reset : After::close};
  });
  auto transport = curl_transport();
  auto anonymous = no_credentials();
  ClientOptions options;
  options.retries = 25;
  options.sleep = [](int64_t, std::stop_token) {};
  Client client(*transport, *anonymous, options);
  std::string got;
  REQUIRE_OK(
      client.blob(*image::Reference::parse(server.host() + "/app:1"), blob, [&](std::string_view piece) {
        got += piece;
        return Status();
      }));
  CHECK((got == bytes));
  CHECK(connections > 10);
  CHECK(sent < bytes.size() * 6 / 5 + (connections * (1 << 16)));
}

}  // namespace tierbuild::registry
