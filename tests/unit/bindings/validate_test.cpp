#include "bindings/validate.hpp"
#include "bindings/merge.hpp"
#include "graph/stamp.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::bindings;

namespace {

Value list(std::vector<Value> items) {
  return Value(Table{std::move(items), {}, {}});
}
Value map(std::map<std::string, Value> fields) {
  return Value(Table{{}, std::move(fields), {}});
}
Value replace(Value value) {
  return Value(Object{Replace{std::move(value)}});
}

std::string check(const Value& value, const TypePtr& type) {
  SourceMap sources;
  Validator validator(sources, "it");
  validator.check(value, *type, Place{});
  auto errors = validator.take();
  return errors.empty() ? "" : errors[0].id();
}

}  // namespace

TEST_CASE("values are checked against their types") {
  using types::of;
  using Kind = Type::Kind;
  CHECK(check("x", types::string()).empty());
  CHECK(check(5, types::string()) == "E013");
  CHECK(check(graph::stamp_token("time"), types::string()) == "E019");
  CHECK(check(graph::stamp_token("time"), types::stamped()).empty());
  CHECK(check(1.5, types::integer()) == "E014");
  CHECK(check(-1, types::whole()) == "E014");
  CHECK(check(2147483647.0, types::id()).empty());
  CHECK(check(2147483648.0, types::id()) == "E014");
  CHECK(check("1000:2147483648", types::user()) == "E014");
  CHECK(check("app:staff", types::user()).empty());
  CHECK(check("a b", types::user()) == "E014");
  CHECK(check(0, of(Kind::port)) == "E014");
  CHECK(check("0755", of(Kind::mode)).empty());
  CHECK(check("0789", of(Kind::mode)) == "E014");
  CHECK(check("1m30s", types::duration()).empty());
  CHECK(check("soon", types::duration()) == "E014");
  CHECK(check("a/b", of(Kind::name)) == "E014");
  CHECK(check(std::string("a\0b", 3), types::string()) == "E014");
  CHECK(check(list({"a", 1}), types::list(types::string())) == "E013");
  CHECK(check(list({}), types::argv()) == "E014");
  CHECK(check(map({{"A", "b"}}), types::map(types::string())).empty());
  CHECK(check(list({"b"}), types::map(types::string())) == "E013");
  CHECK(check("c", types::enumeration({"a", "b"})) == "E014");
  CHECK(check(Value(), types::string()) == "E013");
  CHECK(check(Value(), types::optional(types::string(), std::nullopt)).empty());
  CHECK(check(replace("x"), types::string()).empty());
  CHECK(check(replace(1), types::string()) == "E013");
}

TEST_CASE("an alternative of the same shape explains what is wrong") {
  auto type = types::either({types::string(), types::list(types::string())});
  CHECK(check(list({1}), type) == "E013");
  CHECK(check("x", type).empty());
  CHECK(check(true, type) == "E013");
}

TEST_CASE("types name themselves in messages and in the reference") {
  CHECK(describe(*types::list(types::string())) == "a list of strings");
  CHECK(signature(*types::list(types::either({types::string(), types::integer()}))) == "(string|integer)[]");
  CHECK(signature(*types::map(types::string())) == "table<string, string>");
}

TEST_CASE("maps merge, lists append, scalars are replaced") {
  auto texts = types::list(types::string());
  CHECK(merge(list({"a"}), list({"b"}), *texts).table()->items.size() == 2);
  Value merged = merge(map({{"A", "1"}, {"B", "1"}}), map({{"B", "2"}}), *types::map(types::string()));
  CHECK(*(*merged.table())["A"].string() == "1");
  CHECK(*(*merged.table())["B"].string() == "2");
  CHECK(*merge("a", "b", *types::string()).string() == "b");
  CHECK(*merge("a", Value(), *types::string()).string() == "a");
}

TEST_CASE("a command is one value: it is replaced") {
  CHECK(merge(list({"a", "b"}), list({"c"}), *types::argv()).table()->items.size() == 1);
}

TEST_CASE("replace overrides a list and a map, also inside a map") {
  CHECK(merge(list({"a"}), replace(list({"b"})), *types::list(types::string())).table()->items.size() == 1);
  auto nested = types::map(types::list(types::string()));
  Value merged = merge(map({{"x", list({"a"})}}), map({{"x", replace(list({"b"}))}}), *nested);
  CHECK((*merged.table())["x"].table()->items.size() == 1);
}

TEST_CASE("fields merge by the types of a schema") {
  std::vector<Field> fields{{"env", types::map(types::string()), ""}, {"cmd", types::argv(), ""}};
  Table below{{}, {{"env", map({{"A", "1"}})}, {"cmd", list({"x", "y"})}}, {}};
  Table above{{}, {{"env", map({{"B", "2"}})}, {"cmd", list({"z"})}}, {}};
  Table merged = merge_fields(below, above, fields);
  CHECK(merged["env"].table()->fields.size() == 2);
  CHECK(merged["cmd"].table()->items.size() == 1);
}
