#include "registry/url.hpp"

#include "support/catch.hpp"

namespace tierbuild::registry {

TEST_CASE("an origin always has its port and a lower-case host") {
  CHECK(parse_url("https://Example.ORG/v2/")->origin == "https://example.org:443");
  CHECK(parse_url("http://[::1]:5000/x")->origin == "http://[::1]:5000");
  CHECK(parse_url("http://a.example#part")->text == "http://a.example/");
}

TEST_CASE("a location may be relative or absolute") {
  Url base = *parse_url("https://a.example/v2/x/blobs/uploads/");
  CHECK(resolve_url(base, "/v2/x/blobs/uploads/1?_state=y")->text ==
        "https://a.example/v2/x/blobs/uploads/1?_state=y");
  CHECK(resolve_url(base, "1")->text == "https://a.example/v2/x/blobs/uploads/1");
  CHECK(resolve_url(base, "//b.example/z")->origin == "https://b.example:443");
  CHECK(resolve_url(base, "http://a.example/z")->origin == "http://a.example:80");
}

TEST_CASE("only http and https without a user are URLs here") {
  for (const char* text : {"ftp://a.example/", "file:///etc/passwd", "https://u:p@a.example/", "https://", "",
                           "https://a b.example/", "https://a.example/\r\nX: y"}) {
    INFO(text);
    REQUIRE_CODE(parse_url(text), Code::invalid);
  }
  Url base = *parse_url("https://a.example/");
  REQUIRE_CODE(resolve_url(base, "file:///etc/passwd"), Code::invalid);
  REQUIRE_CODE(resolve_url(base, ""), Code::invalid);
  REQUIRE_CODE(resolve_url(base, "https://u@a.example/"), Code::invalid);
  REQUIRE_CODE(resolve_url(base, std::string("/a\0b", 4)), Code::invalid);
}

TEST_CASE("queries are encoded and appended") {
  CHECK(with_query(*parse_url("https://a.example/t"),
                   {{"scope", "repository:a/b:pull,push"}, {"s", "x&y=z"}}) ==
        "https://a.example/t?scope=repository%3Aa%2Fb%3Apull%2Cpush&s=x%26y%3Dz");
  CHECK(with_query(*parse_url("https://a.example/t?q=1"), {{"a", ""}}) == "https://a.example/t?q=1&a=");
}

TEST_CASE("loopback is known by its spelling") {
  for (const char* host :
       {"localhost", "LOCALHOST:5000", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:5000"}) {
    INFO(host);
    CHECK(is_loopback(host));
  }
  for (const char* host : {"127.0.0.1.example", "127.example:5000", "localhost.example", "128.0.0.1", "127.1",
                           "", "[::2]:5000", "registry"}) {
    INFO(host);
    CHECK_FALSE(is_loopback(host));
  }
}

}  // namespace tierbuild::registry
