#include "hash/key_hasher.hpp"

#include "support/catch.hpp"

using namespace tierbuild;

TEST_CASE("digests have one text form") {
  Digest digest = Digest::of("abc");
  REQUIRE(digest.str() == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  REQUIRE(*Digest::parse(digest.str()) == digest);
  for (const char* bad :
       {"", "sha256:", "sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        "sha512:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "sha256:../../../../etc/passwd"})
    REQUIRE_CODE(Digest::parse(bad), Code::invalid);
}

TEST_CASE("a stream and its whole have the same digest, and the stream starts anew") {
  Sha256 stream;
  stream.update("a");
  stream.update("bc");
  REQUIRE(stream.finish() == Digest::of("abc"));
  REQUIRE(stream.finish() == Digest::of(""));
}

TEST_CASE("fields are delimited: moving a byte between name and value changes the key") {
  auto key = [](std::string_view name, std::string_view value) {
    return KeyHasher("test", 1).add(name, value).finish().digest;
  };
  REQUIRE(key("ab", "c") != key("a", "bc"));
  REQUIRE(key("a", "b") == key("a", "b"));
  REQUIRE(KeyHasher("test", 1).finish().digest != KeyHasher("test", 2).finish().digest);
}

TEST_CASE("lists are delimited too, and the fields are kept for comparison") {
  Key one = KeyHasher("k", 1).add("argv", std::vector<std::string>{"a", "b"}).finish();
  Key two = KeyHasher("k", 1)
                .add("argv", std::vector<std::string>{"a"})
                .add("argv", std::vector<std::string>{"b"})
                .finish();
  REQUIRE(one.digest != two.digest);
  REQUIRE(one.fields ==
          std::vector<KeyField>{
              {"kind", "k"}, {"schema", "1"}, {"#argv", "2"}, {"argv[0]", "a"}, {"argv[1]", "b"}});
}
