// What Lua may do with the opaque values: methods, calls, comparison, text.
#include <lua.hpp>

#include "bindings/python_work.hpp"

namespace tierbuild::bindings {
namespace {

// Which methods an object has: `image`, `requirements` or `type`, or none.
const char* method_type(const Object& object) {
  if (std::holds_alternative<project::ImagePtr>(object.held)) return "image";
  if (std::holds_alternative<TypeValue>(object.held)) return "type";
  if (std::holds_alternative<RequirementsValue>(object.held)) return "requirements";
  const auto* handle = std::get_if<Handle>(&object.held);
  return handle != nullptr && (handle->kind == "tier" || handle->kind == "service") ? "image" : nullptr;
}

Result<int> index(Runtime& runtime, lua_State* lua) {
  ObjectPtr object = runtime.object_at(1);
  std::string name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "?";
  std::vector<std::string> known;
  if (const auto* handle = std::get_if<Handle>(&object->held)) {
    known = {"name", "kind"};
    if (name == "name" || name == "kind") {
      runtime.push(Value(name == "name" ? handle->name : handle->kind));
      return 1;
    }
  }
  if (const auto* word = std::get_if<project::TaskWord>(&object->held)) {
    if (word->kind == project::TaskWord::Kind::each) known = {"oci"};
    if (word->kind == project::TaskWord::Kind::each && name == "oci") {
      runtime.push(Value(Object{project::TaskWord{project::TaskWord::Kind::each_oci, {}}}));
      return 1;
    }
  }
  if (const char* type = method_type(*object)) {
    lua_getfield(lua, LUA_REGISTRYINDEX, "tierbuild.methods");
    lua_getfield(lua, -1, type);
    lua_getfield(lua, -1, name.c_str());
    if (!lua_isnil(lua, -1)) return 1;
    lua_pop(lua, 1);
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
      known.emplace_back(lua_tostring(lua, -2));
      lua_pop(lua, 1);
    }
  }
  if (const auto* list = std::get_if<RequirementsValue>(&object->held)) {
    runtime.push(entry_named(session_of(runtime), *list->list, name));
    return 1;
  }
  std::sort(known.begin(), known.end());
  return runtime.here(fault(Fault::unknown_member, "{} has no '{}'{}", describe(Value(object)), name,
                            did_you_mean(name, known)),
                      name);
}

Result<int> new_index(Runtime& runtime, lua_State* lua) {
  std::string name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "?";
  return runtime.here(fault(Fault::immutable, "'{}' cannot be set: {} never changes", name,
                            describe(Value(runtime.object_at(1))))
                          .hint("methods return a new value: local b = a:env { … }"),
                      name);
}

Result<int> call(Runtime& runtime, lua_State* lua) {
  ObjectPtr object = runtime.object_at(1);
  Session& session = session_of(runtime);
  if (const auto* declarer = std::get_if<Declarer>(&object->held)) {
    TB_LET(Value body, runtime.value_at(2, Place{declarer->origin, {}}));
    if (lua_gettop(lua) > 2)
      return fault(Fault::bad_call, "{} '{}' takes one table", declarer->origin->callee, declarer->name);
    TB_LET(Value result, session.declare_with(*declarer, std::move(body), declarer->origin));
    runtime.push(result);
    return 1;
  }
  if (const auto* rule = std::get_if<RuleValue>(&object->held)) {
    TB_LET(Value name, runtime.value_at(2, Place{}));
    if (lua_gettop(lua) > 2)
      return fault(Fault::bad_call, "{} takes a name first", rule->rule->name)
          .hint(fmt::format("write {} 'name' {{ … }}", rule->rule->name));
    TB_LET(Value declarer, session.start_declaration(nullptr, rule->rule, name));
    runtime.push(declarer);
    return 1;
  }
  return fault(Fault::bad_call, "{} cannot be called", describe(Value(object)));
}

Result<int> concat(Runtime& runtime, lua_State*) {
  ObjectPtr object = runtime.object_at(1) ? runtime.object_at(1) : runtime.object_at(2);
  std::string what = describe(Value(object));
  Error error = fault(Fault::bad_call, "{} cannot be joined to a string", what);
  if (std::holds_alternative<project::TaskWord>(object->held))
    error = runtime.here(std::move(error), what)
                .hint("it is known only when the task runs: make it a word of its own");
  else if (std::holds_alternative<Handle>(object->held))
    error = std::move(error).hint("its name is in .name");
  return error;
}

Result<int> equal(Runtime& runtime, lua_State* lua) {
  lua_pushboolean(lua, runtime.object_at(1) == runtime.object_at(2) ? 1 : 0);
  return 1;
}

Result<int> to_text(Runtime& runtime, lua_State*) {
  runtime.push(Value(describe(Value(runtime.object_at(1)))));
  return 1;
}

}  // namespace

void open_objects(Session& session) {
  lua_State* lua = session.runtime().lua();
  luaL_getmetatable(lua, kObjectMeta);
  const std::pair<const char*, lua_CFunction> events[] = {
      {"__index", entry<index>},   {"__newindex", entry<new_index>}, {"__call", entry<call>},
      {"__concat", entry<concat>}, {"__eq", entry<equal>},           {"__tostring", entry<to_text>},
  };
  for (const auto& [name, function] : events) {
    lua_pushcfunction(lua, function);
    lua_setfield(lua, -2, name);
  }
  lua_pop(lua, 1);
}

}  // namespace tierbuild::bindings
