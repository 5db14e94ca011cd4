#include "bindings/source_map.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::bindings;

namespace {

std::string place(std::string_view text, int line, const KeyPath& path, const std::string& name = {},
                  int last = 0) {
  SourceMap sources;
  sources.add("B", std::string(text));
  Origin origin{{"B", line, 0}, last, "service", name, {}};
  return sources.locate(origin, path).str();
}

}  // namespace

TEST_CASE("tokens keep their places, and comments and long strings are no code") {
  auto tokens = lua_tokens("#!/x\na = --[[ b\n]] 'c\\'d' -- e\n[==[ f ]] ]==] .. 1.5e-3");
  REQUIRE(tokens.size() == 6);
  REQUIRE(tokens[2].text == "c\\'d");
  REQUIRE(tokens[2].line == 3);
  REQUIRE(tokens[2].column == 4);
  REQUIRE(tokens[3].text == " f ]] ");
  REQUIRE(tokens[5].text == "1.5e-3");
}

TEST_CASE("unfinished text ends the tokens without harm") {
  REQUIRE(lua_tokens("a 'b").size() == 1);
  REQUIRE(lua_tokens("a [[b").size() == 1);
  REQUIRE(lua_tokens("a --[[b").size() == 1);
  REQUIRE(lua_tokens("'\\").empty());
  REQUIRE(lua_tokens("").empty());
}

TEST_CASE("a field is found in the table of its call") {
  std::string text =
      "service 'a' {\n  x = 1,\n  y = { { 'p', q = 1 }, { r = 2 } },\n}\nservice 'b' { x = 2 }\n";
  REQUIRE(place(text, 1, {"x"}) == "B:2:3");
  REQUIRE(place(text, 1, {"y", 1, "q"}) == "B:3:16");
  REQUIRE(place(text, 1, {"y", 1, 1}) == "B:3:11");
  REQUIRE(place(text, 1, {"y", 2, "r"}) == "B:3:27");
  REQUIRE(place(text, 5, {"x"}) == "B:5:15");
  REQUIRE(place(text, 1, {}) == "B:1:1");
}

TEST_CASE("of two calls on one line the one with the name counts") {
  std::string text = "tier 'a' { x = 1 } tier 'b' { x = 2 }";
  REQUIRE(place(text, 1, {"x"}, "b") == "B:1:31");
  REQUIRE(place(text, 1, {"x"}, "a") == "B:1:12");
}

TEST_CASE("the table may begin on the line after the name") {
  REQUIRE(place("service 'a'\n{\n  x = 1 }", 1, {"x"}) == "B:3:3");
}

TEST_CASE("functions inside a table do not confuse its fields") {
  std::string text =
      "task 'a' {\n  run = function(c) local t = { x = 1, y }; if c then return t end end,\n  z = 1 }";
  REQUIRE(place(text, 1, {"z"}) == "B:3:3");
}

TEST_CASE("quoted keys are found") {
  REQUIRE(place("t { ['a-b'] = 1 }", 1, {"a-b"}) == "B:1:6");
}

TEST_CASE("a table from elsewhere is found if its field is the only one of that name") {
  REQUIRE(place("local body = { odd = 1 }\nservice 'a'(body)", 2, {"odd"}) == "B:1:16");
  REQUIRE(place("local a, b = { odd = 1 }, { odd = 2 }\nservice 'a'(b)", 2, {"odd"}) == "B:2:1");
}

TEST_CASE("a function's lines hold its fields") {
  std::string text = "x = 1\nf(function()\n  return { a = 1,\n    b = 2 }\nend)";
  REQUIRE(place(text, 2, {"b"}, "", 5) == "B:4:5");
}

TEST_CASE("an unknown file gives the line alone") {
  SourceMap sources;
  REQUIRE(sources.locate(Origin{{"Z", 3, 0}, 0, "f", "", ""}, {"x"}).str() == "Z:3");
}

TEST_CASE("local names of a file are known for suggestions") {
  SourceMap sources;
  sources.add("B", "local one, two = 1, 2\nlocal function three(four) end\nfor five, six in pairs(t) do end");
  auto names = sources.local_names("B");
  for (const char* name : {"one", "two", "three", "four", "five", "six"})
    REQUIRE(std::find(names.begin(), names.end(), name) != names.end());
}
