// Scripts of RUN: which mean the same with `set -eu`, and how they are broken into lines.
#include "import/script.hpp"

#include "support/catch.hpp"

using namespace tierbuild::imports;

TEST_CASE("a list of plain commands means the same when the shell is strict") {
  REQUIRE(is_plain("apt-get update && apt-get install -y curl"));
  REQUIRE(is_plain("test -e /x || touch /x"));
  for (const char* script : {"echo $HOME", "a; b", "a | b", "a & b", "a\nb", ". env && b", "set +e && a",
                             "! a", "A=1 b", "(a)", "a `b`", "if a && b"})
    REQUIRE_FALSE(is_plain(script));
}

TEST_CASE("long scripts are broken where a shell does not mind") {
  REQUIRE(in_lines("a  &&   b", "") == "a && b");
  std::string word(60, 'x');
  REQUIRE(in_lines(word + " && " + word, "  ") == word + " &&\n  " + word);
  REQUIRE(in_lines(word + " " + word, "  ") == word + " \\\n    " + word);
  std::string quoted = "echo '" + word + "  &&  " + word + "'";
  REQUIRE(in_lines(quoted, "  ") == "echo \\\n    '" + word + "  &&  " + word + "'");
}

TEST_CASE("scripts that are not sure to mean the same stay as they are") {
  for (const std::string& script :
       {std::string("echo  `x`"), std::string("a  \\\n b"), std::string("echo  $(x)"), std::string("a  # b"),
        std::string("cat  <<E"), std::string("echo  'open"), std::string("x=${y:-a  b}")})
    REQUIRE(in_lines(script, "  ") == script);
}

TEST_CASE("texts are quoted, or stand between long brackets") {
  REQUIRE(lua_text("plain") == "'plain'");
  REQUIRE(lua_text("it's") == "[[it's]]");
  REQUIRE(lua_text("a\nb\n") == "[[\na\nb\n]]");
  REQUIRE(lua_text("a[b['c']]") == "'a[b[\\'c\\']]'");
  REQUIRE(lua_text("tab\r'") == "'tab\\013\\''");
}
