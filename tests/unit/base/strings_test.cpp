#include "base/strings.hpp"

#include "support/catch.hpp"

using namespace tierbuild;

TEST_CASE("a typo finds the word that was meant") {
  std::vector<std::string> fields{"healthcheck", "expose", "entrypoint", "env", "cmd"};
  REQUIRE(suggest("helthcheck", fields) == "healthcheck");
  REQUIRE(suggest("Expose", fields) == "expose");
  REQUIRE(suggest("evn", fields) == "env");
  REQUIRE_FALSE(suggest("frobnicate", fields).has_value());
}

TEST_CASE("sizes and durations are read as people write them") {
  REQUIRE(parse_bytes("200MB") == 200'000'000u);
  REQUIRE(parse_bytes("1.5GiB") == 1'610'612'736u);
  REQUIRE(parse_bytes("64k") == 64'000u);
  REQUIRE(parse_bytes("12") == 12u);
  for (const char* bad : {"", "MB", "-1", "1XB", "1MBs", "99999999999GB"}) REQUIRE_FALSE(parse_bytes(bad));
  REQUIRE(parse_duration("1m30s") == 90'000);
  REQUIRE(parse_duration("250ms") == 250);
  for (const char* bad : {"", "5", "s", "1d", "1s-"}) REQUIRE_FALSE(parse_duration(bad));
}

TEST_CASE("sizes and durations are printed short") {
  REQUIRE(human_bytes(999) == "999 B");
  REQUIRE(human_bytes(1'500'000) == "1.5 MB");
  REQUIRE(human_duration(850) == "850 ms");
  REQUIRE(human_duration(184'000) == "3 m 04 s");
}

TEST_CASE("split and trim") {
  REQUIRE(split("a:b:", ':') == std::vector<std::string_view>{"a", "b", ""});
  REQUIRE(trim(" \ta b\n") == "a b");
  REQUIRE(trim(" \n").empty());
}

TEST_CASE("shell words and terminal text are made safe") {
  REQUIRE(shell_quote("a-b/c.d") == "a-b/c.d");
  REQUIRE(shell_quote("it's") == "'it'\\''s'");
  REQUIRE(shell_quote("") == "''");
  REQUIRE(printable("a\x1b[31mb\n") == "a\\x1b[31mb\n");
}
