// What the Lua files of the standard library are given to work with: `local tb = ...`.
#include "bindings/stdlib.hpp"

#include <lua.hpp>

#include "bindings/lua_libraries.hpp"
#include "bindings/make_values.hpp"
#include "bindings/python_tools.hpp"
#include "hash/digest.hpp"

namespace tierbuild::bindings {
namespace {

constexpr std::pair<const char*, Type::Kind> kTypes[] = {
    {"duration", Type::Kind::duration}, {"bytes", Type::Kind::bytes},       {"argv", Type::Kind::argv},
    {"stamped", Type::Kind::stamped},   {"mount", Type::Kind::mount},       {"step", Type::Kind::step},
    {"source", Type::Kind::source},     {"function", Type::Kind::function}, {"layer", Type::Kind::layer},
    {"base", Type::Kind::base},
};

// tb.type 'duration': types that only the language's own fields need.
Result<int> type(Runtime& runtime, lua_State* lua) {
  std::string name = luaL_checkstring(lua, 1);
  for (const auto& [known, kind] : kTypes)
    if (name == known) {
      runtime.push(Value(Object{TypeValue{types::of(kind)}}));
      return 1;
    }
  return Error::make(Code::internal, "no type '{}'", name);
}

// tb.fail(message, hint): an error at the author's line.
Result<int> fail(Runtime& runtime, lua_State* lua) {
  Error error = fault(Fault::bad_value, "{}", luaL_checkstring(lua, 1));
  if (lua_isstring(lua, 2) != 0) error = std::move(error).hint(lua_tostring(lua, 2));
  return runtime.here(std::move(error));
}

// tb.settings 'apt': that field of the workspace, or nil.
Result<int> settings(Runtime& runtime, lua_State* lua) {
  std::string field = luaL_checkstring(lua, 1);
  session_of(runtime).note_setting(field);
  runtime.push(session_of(runtime).settings()[field]);
  return 1;
}

TypePtr type_of(const Value& value) {
  const auto* type = value.as<TypeValue>();
  return type == nullptr ? nullptr : type->type;
}

// tb.either({ t.string, t.port }, 'a name or a port'): a value of one of these types.
Result<int> either(Runtime& runtime, lua_State* lua) {
  TB_LET(Value list, runtime.value_at(1, Place{}));
  std::vector<TypePtr> types;
  if (const Table* table = list.table())
    for (const Value& item : table->items) types.push_back(type_of(item));
  runtime.push(Value(Object{TypeValue{types::either(std::move(types), luaL_checkstring(lua, 2))}}));
  return 1;
}

// tb.digest(text): a name for content, the first digits of its SHA-256.
Result<int> digest(Runtime& runtime, lua_State* lua) {
  constexpr size_t kDigits = 12;
  size_t size = 0;
  const char* bytes = luaL_checklstring(lua, 1, &size);
  runtime.push(Value(Digest::of({bytes, size}).hex().substr(0, kDigits)));
  return 1;
}

// tb.hook(layer, program): the layer, with a program of it that runs before the entrypoint.
Result<int> hook(Runtime& runtime, lua_State* lua) {
  TB_LET(Value value, runtime.value_at(1, Place{}));
  const auto* layer = value.as<LayerValue>();
  if (layer == nullptr) return Error(Code::internal, "tb.hook needs a layer");
  auto step = std::make_shared<project::Step>(*layer->step);
  step->hook = luaL_checkstring(lua, 2);
  runtime.push(Value(Object{LayerValue{std::move(step)}}));
  return 1;
}

// tb.with_bin(layer, directory): the layer, with a directory of it that PATH begins with.
Result<int> with_bin(Runtime& runtime, lua_State* lua) {
  TB_LET(Value value, runtime.value_at(1, Place{}));
  const auto* layer = value.as<LayerValue>();
  if (layer == nullptr) return Error(Code::internal, "tb.with_bin needs a layer");
  auto step = std::make_shared<project::Step>(*layer->step);
  step->bin = luaL_checkstring(lua, 2);
  runtime.push(Value(Object{LayerValue{std::move(step), layer->pip}}));
  return 1;
}

// tb.labelled(step, label): the step under another short name.
Result<int> labelled(Runtime& runtime, lua_State* lua) {
  TB_LET(Value value, runtime.value_at(1, Place{}));
  project::StepPtr old = step_of(value);
  if (!old) return Error(Code::internal, "tb.labelled needs a step or a layer");
  auto step = std::make_shared<project::Step>(*old);
  step->label = luaL_checkstring(lua, 2);
  bool layer = value.as<LayerValue>() != nullptr;
  runtime.push(layer ? Value(Object{LayerValue{std::move(step)}})
                     : Value(Object{StepValue{std::move(step)}}));
  return 1;
}

std::vector<Field> fields_of(const Value& value) {
  std::vector<Field> fields;
  if (const Table* list = value.table())
    for (const Value& item : list->items) {
      const Table& field = *item.table();
      fields.push_back({text_of(field.items.at(0)), type_of(field.items.at(1)), text_of(field.items.at(2)),
                        text_of(field["default"]),
                        flag_of(field["required"], false) ? Required::yes : Required::no});
    }
  return fields;
}

// tb.record({ { name, type, doc, … }, … }, items, 'a program'): a table of these fields, and of items.
Result<int> record(Runtime& runtime, lua_State* lua) {
  TB_LET(Value fields, runtime.value_at(1, Place{}));
  TB_LET(Value items, runtime.value_at(2, Place{}));
  TypePtr made = types::record(fields_of(fields), type_of(items), luaL_checkstring(lua, 3));
  runtime.push(Value(Object{TypeValue{std::move(made)}}));
  return 1;
}

// tb.define { name =, doc =, fields = { { name, type, doc, default =, required = } }, items =, function }
Result<int> define(Runtime& runtime, lua_State*) {
  TB_LET(Value value, runtime.value_at(1, Place{}));
  const Table& table = *value.table();
  const LuaFunction* function = table.items.empty() ? nullptr : table.items[0].function();
  if (function == nullptr) return Error(Code::internal, "tb.define needs a function");
  Schema schema;
  schema.name = text_of(table["name"]);
  schema.doc = text_of(table["doc"]);
  std::string shape = text_of(table["shape"]);
  schema.shape = shape == "call" ? Shape::call : shape == "curried" ? Shape::curried : Shape::table;
  schema.fields = fields_of(table["fields"]);
  schema.items = type_of(table["items"]);
  schema.returns = text_of(table["returns"]);
  schema.home = Home::library;
  session_of(runtime).define({std::move(schema), [held = *function](Call& call) -> Result<Value> {
                                std::vector<Value> arguments = call.args;
                                if (call.table) arguments = {Value(call.table)};
                                if (call.schema.shape == Shape::curried)
                                  arguments.insert(arguments.begin(), Value(call.name));
                                return call.session.runtime().call(held, arguments, Place{call.origin, {}});
                              }});
  return 0;
}

}  // namespace

Status Session::load_library() {
  lua_State* lua = runtime_.lua();
  lua_newtable(lua);
  int tools = lua_gettop(lua);
  const std::pair<const char*, lua_CFunction> functions[] = {
      {"define", entry<bindings::define>},
      {"fail", entry<fail>},
      {"settings", entry<bindings::settings>},
      {"type", entry<bindings::type>},
      {"either", entry<either>},
      {"record", entry<bindings::record>},
      {"digest", entry<digest>},
      {"hook", entry<hook>},
      {"labelled", entry<labelled>},
      {"pip_groups", entry<pip_groups>},
      {"pip_types", entry<pip_types>},
      {"with_bin", entry<with_bin>},
      {"with_installed", entry<with_installed>},
      {"exe_of", entry<exe_of>},
  };
  for (const auto& [name, function] : functions) {
    lua_pushcfunction(lua, function);
    lua_setfield(lua, tools, name);
  }
  for (const LibraryModule& module : library_modules()) {
    TB_TRY(runtime_.load("stdlib/" + module.name, module.text, ChunkKind::library), "while loading {}",
           module.name);
    lua_pushvalue(lua, tools);
    TB_TRY(runtime_.call(1, 0), "while loading {}", module.name);
  }
  lua_settop(lua, tools - 1);
  return {};
}

}  // namespace tierbuild::bindings
