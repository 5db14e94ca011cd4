#include "image/reference.hpp"

#include "support/catch.hpp"

using namespace tierbuild;
using image::Reference;

namespace {
const std::string kDigest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
}

TEST_CASE("names are normalised as docker does") {
  struct Case {
    std::string text, full, familiar;
  };
  for (const auto& [text, full, familiar] : {
           Case{"python", "docker.io/library/python:latest", "python:latest"},
           Case{"python:3.12", "docker.io/library/python:3.12", "python:3.12"},
           Case{"me/app", "docker.io/me/app:latest", "me/app:latest"},
           Case{"index.docker.io/library/python", "docker.io/library/python:latest", "python:latest"},
           Case{"docker.io/python:3", "docker.io/library/python:3", "python:3"},
           Case{"ghcr.io/a/b/c:V1.0_x-y", "ghcr.io/a/b/c:V1.0_x-y", "ghcr.io/a/b/c:V1.0_x-y"},
           Case{"localhost/x", "localhost/x:latest", "localhost/x:latest"},
           Case{"localhost:5000/x", "localhost:5000/x:latest", "localhost:5000/x:latest"},
           Case{"host:5000/x:1", "host:5000/x:1", "host:5000/x:1"},
           Case{"[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x:latest"},
           Case{"a__b/c-d.e--f_g", "docker.io/a__b/c-d.e--f_g:latest", "a__b/c-d.e--f_g:latest"},
           Case{"x@" + kDigest, "docker.io/library/x@" + kDigest, "x@" + kDigest},
           Case{"x:1@" + kDigest, "docker.io/library/x:1@" + kDigest, "x:1@" + kDigest},
           Case{"foo:5000", "docker.io/library/foo:5000", "foo:5000"},
       }) {
    INFO(text);
    auto reference = Reference::parse(text);
    REQUIRE_OK(reference);
    CHECK(reference->str() == full);
    CHECK(reference->familiar() == familiar);
    CHECK(*Reference::parse(full) == *reference);
    CHECK(*Reference::parse(familiar) == *reference);
  }
}

TEST_CASE("a manifest is asked for by digest before tag") {
  CHECK(Reference::parse("x:1")->selector() == "1");
  CHECK(Reference::parse("x:1@" + kDigest)->selector() == kDigest);
  CHECK(Reference::parse("x@" + kDigest)->tag.empty());
}

TEST_CASE("what the grammar forbids is refused") {
  std::vector<std::string> names{"",     ":",       "@",          "/x",          "x/",       "a//b",
                                 "x:",   "x:.a",    "x:-a",       "x@sha256:12", "x@md5:a",  "-x",
                                 "x-",   "a..b",    "a___b",      "a._b",        "../x",     "h:99999/x",
                                 "h:/x", "-h.io/x", "h..o/x",     "[::1/x",      "[zz]:1/x", "[::1]x/y",
                                 "x y",  "x\n",     "http://h/x", "localhost/X"};
  names.push_back("x:" + std::string(129, 'a'));
  names.push_back("a/" + std::string(300, 'b'));
  names.push_back(kDigest.substr(7));
  for (const std::string& bad : names) {
    INFO(bad);
    REQUIRE_CODE(Reference::parse(bad), Code::invalid);
  }
}

TEST_CASE("an upper-case repository is named, with the spelling that works") {
  auto reference = Reference::parse("ghcr.io/Me/App:1");
  REQUIRE_CODE(reference, Code::invalid);
  CHECK(reference.error().message() ==
        "image name 'ghcr.io/Me/App:1': the repository 'Me/App' must be lower-case");
  CHECK(reference.error().hint() == "write 'me/app'");
  REQUIRE_CODE(Reference::parse("Me/app"), Code::invalid);
}
