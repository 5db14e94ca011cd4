#include "cli/reference.hpp"

#include <lua.hpp>

#include "base/strings.hpp"
#include "cli/luarc.hpp"
#include "cli/stubs.hpp"
#include "cli/verb.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::cli;
using bindings::Field;
using bindings::Schema;
using bindings::Shape;

namespace {

void require_docs(const std::string& name, const std::vector<Field>& fields);

void require_docs(const std::string& name, const bindings::Type& type) {
  require_docs(name, type.fields);
  if (type.item) require_docs(name, *type.item);
  for (const auto& alternative : type.alternatives) require_docs(name, *alternative);
}

void require_docs(const std::string& name, const std::vector<Field>& fields) {
  for (const Field& field : fields) {
    INFO("the field " << field.name << " of " << name);
    CHECK_FALSE(field.doc.empty());
    CHECK(field.doc.find('\n') == std::string::npos);
    REQUIRE(field.type != nullptr);
    require_docs(name + "." + field.name, *field.type);
  }
}

Schema worker_rule() {
  return {
      .name = "worker",
      .doc = "A worker of the shop.",
      .shape = Shape::curried,
      .fields = {{"queue", bindings::types::string(), "a parameter of the rule", {}, bindings::Required::yes},
                 {"kind", bindings::types::enumeration({"fast", "slow"}), "a parameter of the rule",
                  "'fast'"}},
      .returns = "handle",
      .declares = "service"};
}

bool has_line(const std::string& text, const std::string& start) {
  return text.find("\n" + start) != std::string::npos;
}

// The line above the definition of a name, which is an annotation or a doc.
std::string line_above(const std::string& text, const std::string& start) {
  size_t at = text.find("\n" + start);
  if (at == std::string::npos) return {};
  size_t before = text.rfind('\n', at - 1);
  return text.substr(before + 1, at - before - 1);
}

// Where a stub defines a schema: `function image_:run(`, `stamp.time = `, `fetch = {}`.
std::vector<std::string> definitions_of(const Schema& schema) {
  std::string name = schema.name;
  if (size_t colon = name.find(':'); colon != std::string::npos)
    name = (name.starts_with("type:") ? "value_type" : name.substr(0, colon)) + "_" + name.substr(colon);
  if (schema.home == bindings::Home::argument) name.insert(name.find('.'), "_");
  return {"function " + name + "(", name + " = "};
}

}  // namespace

TEST_CASE("every name of the language and each of its fields is documented") {
  std::vector<Schema> all = bindings::schemas();
  REQUIRE(all.size() > 50);
  for (const Schema& schema : all) {
    INFO(schema.name);
    CHECK_FALSE(schema.doc.empty());
    CHECK(schema.doc.back() == '.');
    require_docs(schema.name, schema.fields);
    if (schema.items) require_docs(schema.name, *schema.items);
  }
}

TEST_CASE("the reference tells of every name, verb and flag") {
  std::string page = reference_page();
  for (const Schema& schema : bindings::schemas()) {
    INFO(schema.name);
    CHECK(has_line(page, "### `" + schema.name + "`\n\n" + schema.doc));
  }
  for (const VerbEntry& entry : verbs()) {
    INFO(entry.name);
    bool shown = has_line(page, fmt::format("### tierbuild {}\n", entry.name));
    CHECK(shown == (entry.group != Group::hidden));
    FlagSet flags;
    std::unique_ptr<Verb> verb = entry.make();
    verb->declare(flags);
    if (!shown) continue;
    for (const Flag& flag : flags.flags()) {
      CHECK_FALSE(flag.help.empty());
      CHECK(page.find("`" + flag.spellings().back()) != std::string::npos);
    }
  }
}

TEST_CASE("the stubs define and document every name, and are Lua") {
  std::vector<Schema> all = bindings::schemas();
  std::string text = stubs(all, {worker_rule()});
  for (const Schema& schema : all) {
    if (schema.name == "pairs" || schema.name == "next") continue;  // left to the language server
    INFO(schema.name);
    std::string above;
    for (const std::string& start : definitions_of(schema))
      if (above.empty()) above = line_above(text, start);
    CHECK(above.starts_with("---"));
    CHECK(has_line(text, "---" + schema.doc));
  }

  lua_State* lua = luaL_newstate();
  int loaded = luaL_loadbufferx(lua, text.data(), text.size(), "stubs", "t");
  INFO((loaded == 0 ? "" : lua_tostring(lua, -1)));
  REQUIRE(loaded == 0);
  int ran = lua_pcall(lua, 0, 0, 0);  // each table is there before its members
  INFO((ran == 0 ? "" : lua_tostring(lua, -1)));
  CHECK(ran == 0);
  lua_close(lua);
}

TEST_CASE("every class that a stub names is one that it declares") {
  std::string text = stubs(bindings::schemas(), {worker_rule()});
  for (const char* name : {"image", "tier: image, handle", "value_type", "ctx", "rule.worker.fields"}) {
    INFO(name);
    CHECK(has_line(text, fmt::format("---@class {}\n", name)));
  }
  for (std::string_view line : split(text, '\n')) {
    if (!line.starts_with("---@return ") || line.find("fun(") != std::string_view::npos) continue;
    std::string type(line.substr(11));
    if (type.ends_with("[]")) type.resize(type.size() - 2);
    bool of_lua = type == "any" || type == "string" || type == "boolean" || type == "integer" ||
                  type == "table" || type == "function" || type.starts_with("table<");
    INFO(line);
    CHECK(
        (of_lua || has_line(text, "---@class " + type + "\n") || has_line(text, "---@class " + type + ":")));
  }
}

TEST_CASE("a rule of the workspace is a function with typed parameters") {
  std::string text = stubs(bindings::schemas(), {worker_rule()});
  CHECK(has_line(text,
                 "---A worker of the shop.\n---@alias rule.worker fun(name: string): fun(fields: "
                 "rule.worker.fields): service\n"));
  CHECK(has_line(text, "---@field queue string a parameter of the rule\n"));
  CHECK(has_line(text, "---@field kind? 'fast'|'slow' a parameter of the rule (default: 'fast')\n"));
  CHECK(has_line(text, "---@overload fun(name: 'worker'): fun(fields: rule.fields): rule.worker\n"));
}

TEST_CASE("settings of one's own stay in .luarc.json") {
  auto fresh = editor_settings("", ".luals");
  REQUIRE_OK(fresh);
  CHECK(fresh->find("\"LuaJIT\"") != std::string::npos);
  auto again = editor_settings(*fresh, ".luals");
  REQUIRE_OK(again);
  CHECK(*again == *fresh);
  auto merged = editor_settings(R"({"hint.enable": true, "workspace.library": ["types"]})", ".luals");
  REQUIRE_OK(merged);
  CHECK(merged->find("\"hint.enable\": true") != std::string::npos);
  CHECK(merged->find("\"types\",\n    \".luals\"") != std::string::npos);
  REQUIRE_CODE(editor_settings("{ // a comment\n}", ".luals"), Code::invalid);
  REQUIRE_CODE(editor_settings("[1]", ".luals"), Code::invalid);
}
