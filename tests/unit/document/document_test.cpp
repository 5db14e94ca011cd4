#include "document/node.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::document;

namespace {

Node yaml(std::string_view text) {
  auto documents = read_yaml(text, "a.yaml");
  if (!documents) FAIL(documents.error().str());
  REQUIRE(documents->size() == 1);
  return documents->front();
}

Error yaml_error(std::string_view text) {
  auto documents = read_yaml(text, "a.yaml");
  REQUIRE_FALSE(documents);
  return documents.error();
}

Node json(std::string_view text) {
  auto node = read_json(text, "a.json");
  if (!node) FAIL(node.error().str());
  return *node;
}

Error json_error(std::string_view text) {
  auto node = read_json(text, "a.json");
  REQUIRE_FALSE(node);
  return node.error();
}

}  // namespace

TEST_CASE("plain scalars are told apart by the core schema", "[document]") {
  auto kind = [](const std::string& text) { return yaml("a: " + text).find("a")->kind; };
  for (const char* text : {"", "~", "null"}) CHECK(kind(text) == Node::Kind::null);
  for (const char* text : {"true", "False"}) CHECK(kind(text) == Node::Kind::boolean);
  for (const char* text : {"1", "-1.5", ".5", "1e3", "0x1F", ".inf"}) CHECK(kind(text) == Node::Kind::number);
  for (const char* text : {"yes", "1.2.3", "'1'", "\"true\"", "1e", "x", "!!str 1"})
    CHECK(kind(text) == Node::Kind::text);
  CHECK(yaml("a: 0x1F").find("a")->text == "0x1F");
}

TEST_CASE("values of YAML have places", "[document]") {
  Node root = yaml("a:\n  - x\n  - { b: 1 }\n");
  CHECK(root.find("a")->items[0].where == Location{"a.yaml", 2, 5});
  CHECK(root.find("a")->items[1].members[0].where == Location{"a.yaml", 3, 7});
  CHECK(root.find("a")->items[1].find("b")->where == Location{"a.yaml", 3, 10});
}

TEST_CASE("aliases and merge keys are carried out", "[document]") {
  Node root = yaml(
      "base: &b { x: 1, y: 2 }\n"
      "more: &m { y: 3, z: 4 }\n"
      "one: { <<: *b, x: 9 }\n"
      "two: { <<: [*m, *b] }\n"
      "same: *b\n");
  CHECK(root.find("one")->find("x")->text == "9");
  CHECK(root.find("one")->find("y")->text == "2");
  CHECK(root.find("two")->find("y")->text == "3");
  CHECK(root.find("two")->find("x")->text == "1");
  CHECK(root.find("same")->same(*root.find("base")));
  CHECK(yaml("a: { '<<': 1 }").find("a")->find("<<") != nullptr);
}

TEST_CASE("YAML that asks for endless work is refused", "[document]") {
  std::string laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    laughs += fmt::format("a{}: &a{} [", i, i);
    for (int k = 0; k < 10; ++k) laughs += fmt::format("{}*a{}", k ? "," : "", i - 1);
    laughs += "]\n";
  }
  CHECK(yaml_error(laughs).message() == "the file holds more than 200000 values, aliases counted");
  CHECK(yaml_error(std::string(100, '[')).message() == "the file is nested deeper than 64 levels");
  CHECK(yaml_error("a: &a [*a]").message() == "'*a' stands inside of what it names");
  CHECK(yaml_error("a: *b").where() == Location{"a.yaml", 1, 4});
}

TEST_CASE("what is wrong in YAML has a place", "[document]") {
  Error twice = yaml_error("a: 1\nb: 2\na: 3\n");
  CHECK(twice.message() == "'a' stands here twice, first in line 1");
  CHECK(twice.where() == Location{"a.yaml", 3, 1});
  CHECK(yaml_error("a: [1\nb: 2").where().line == 2);
  CHECK(yaml_error("a:\n  b: { ").where().line == 2);
  CHECK(yaml_error("? [a]\n: 1").message() == "a key must be a text, not a list");
  CHECK(yaml_error("a: { <<: 1 }").message() == "'<<' takes a map or a list of maps, not a number");
  CHECK(read_yaml("a: 1\n---\nb: 2\n", "x")->size() == 2);
  CHECK(read_yaml("", "x")->empty());
  CHECK_FALSE(read_yaml("a: \"\\0\"", "x"));
  CHECK_FALSE(read_yaml("\xff\xfe\xff", "x"));
}

TEST_CASE("values of JSON have places", "[document]") {
  Node root = json("\xEF\xBB\xBF{ \"a\": [ 1.50, true,\n  \"x\\ty\" , null ],\n \"b\" : {\"c\":-2e3}}");
  const Node& list = *root.find("a");
  CHECK(list.where == Location{"a.json", 1, 11});
  CHECK(list.items[0].text == "1.50");
  CHECK(list.items[1].kind == Node::Kind::boolean);
  CHECK(list.items[1].where == Location{"a.json", 1, 19});
  CHECK(list.items[2].text == "x\ty");
  CHECK(list.items[2].where == Location{"a.json", 2, 3});
  CHECK(list.items[3].where == Location{"a.json", 2, 12});
  CHECK(root.members[1].where == Location{"a.json", 3, 2});
  CHECK(root.find("b")->find("c")->text == "-2e3");
  CHECK(root.find("b")->find("c")->where == Location{"a.json", 3, 13});
  CHECK(json("[[],[]]").items[1].where == Location{"a.json", 1, 5});
}

TEST_CASE("what is wrong in JSON has a place", "[document]") {
  CHECK(json_error("{\"a\": 1,\n \"a\": 2}").message() == "'a' stands here twice");
  CHECK(json_error("{\"a\": 1,\n \"a\": 2}").where() == Location{"a.json", 2, 2});
  CHECK(json_error("{\n  \"a\": tru\n}").where().line == 2);
  CHECK(json_error("{\"a\":").message() == "this is not JSON: it ends too early");
  CHECK(json_error("[1] x").where() == Location{"a.json", 1, 5});
  CHECK(json_error(std::string(100, '[')).message() == "the file is nested deeper than 64 levels");
  CHECK(json_error("\"\\u0000\"").message() == "a text holds a NUL");
}
