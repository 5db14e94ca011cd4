// The strict environment: what names a Buildfile can see, and what it hears when it asks for another.
#include <array>
#include <lua.hpp>

#include "base/strings.hpp"
#include "bindings/lua_libraries.hpp"
#include "bindings/session.hpp"

namespace tierbuild::bindings {
namespace {

constexpr const char* kGlobals = "tierbuild.globals";
constexpr const char* kMethods = "tierbuild.methods";

std::string key_text(lua_State* lua, int index) {
  if (lua_type(lua, index) == LUA_TSTRING) return lua_tostring(lua, index);
  return fmt::format("a {}", luaL_typename(lua, index));
}

std::vector<std::string> names_in(lua_State* lua, int table) {
  std::vector<std::string> names;
  lua_pushnil(lua);
  while (lua_next(lua, table) != 0) {
    if (lua_type(lua, -2) == LUA_TSTRING) names.emplace_back(lua_tostring(lua, -2));
    lua_pop(lua, 1);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// __index of the globals' table: only names that are not there come here.
Result<int> missing_global(Runtime& runtime, lua_State* lua) {
  std::string name = key_text(lua, 2);
  if (const char* reason = why_unavailable(name))
    return runtime.here(fault(Fault::unavailable, "'{}' is not available in a Buildfile", name).hint(reason),
                        name);
  std::vector<std::string> known = names_in(lua, 1);
  for (std::string& local : runtime.sources().local_names(runtime.user_line().file))
    if (local != name) known.push_back(std::move(local));
  return runtime.here(fault(Fault::undeclared, "undeclared name '{}'{}", name, did_you_mean(name, known)),
                      name);
}

Result<int> refuse_global(Runtime& runtime, lua_State* lua) {
  std::string name = key_text(lua, 2);
  lua_getfield(lua, LUA_REGISTRYINDEX, kGlobals);
  lua_pushvalue(lua, 2);
  lua_rawget(lua, -2);
  if (!lua_isnil(lua, -1))
    return runtime.here(
        fault(Fault::global_assignment, "'{}' belongs to the language and cannot be set", name), name);
  return runtime.here(fault(Fault::global_assignment, "assignment to the undeclared name '{}'", name)
                          .hint(fmt::format("declare it: local {} = …", name)),
                      name);
}

Result<int> missing_member(Runtime& runtime, lua_State* lua) {
  std::string space = lua_tostring(lua, lua_upvalueindex(1));
  std::string name = key_text(lua, 2);
  if (const char* reason = why_unavailable(space + "." + name))
    return runtime.here(
        fault(Fault::unavailable, "'{}.{}' is not available in a Buildfile", space, name).hint(reason), name);
  std::vector<std::string> known = names_in(lua, 1);
  Error error = fault(Fault::unknown_member, "'{}' has no '{}'{}", space, name, did_you_mean(name, known));
  if (!suggest(name, known)) error = std::move(error).hint(fmt::format("it has {}", join(known, ", ")));
  return runtime.here(std::move(error), name);
}

Result<int> refuse_member(Runtime& runtime, lua_State* lua) {
  std::string space = lua_tostring(lua, lua_upvalueindex(1));
  std::string name = key_text(lua, 2);
  return runtime.here(
      fault(Fault::immutable, "'{}.{}' cannot be set: '{}' belongs to the language", space, name, space),
      name);
}

void push_primitive(lua_State* lua, const Primitive& primitive, int skip) {
  lua_pushlightuserdata(lua, const_cast<Primitive*>(&primitive));
  lua_pushinteger(lua, skip);
  lua_pushcclosure(lua, primitive.raw != nullptr ? primitive.raw : entry<call_primitive>, 2);
}

// Pushes the members of the space at the stack's top, which it takes away; makes the space `name` if there is
// nil. `place` is the table that holds it.
void open_space(Session& session, lua_State* lua, const std::string& name, int place,
                const std::string& key) {
  lua_pushlstring(lua, key.data(), key.size());
  lua_rawget(lua, place);
  if (lua_istable(lua, -1)) {
    lua_getmetatable(lua, -1);
    lua_getfield(lua, -1, "members");
    lua_replace(lua, -3);
    lua_pop(lua, 1);
    return;
  }
  lua_pop(lua, 1);
  lua_newtable(lua);  // members
  push_space(lua, name);
  if (const Primitive* callable = session.find(name)) {
    lua_getmetatable(lua, -1);
    push_primitive(lua, *callable, 1);
    lua_setfield(lua, -2, "__call");
    lua_pop(lua, 1);
  }
  lua_pushlstring(lua, key.data(), key.size());
  lua_insert(lua, -2);
  lua_rawset(lua, place);
}

// Replaces nothing: the members stay under the proxy.
}  // namespace

void push_space(lua_State* lua, const std::string& name) {
  lua_createtable(lua, 0, 2);  // what members lack
  lua_pushstring(lua, name.c_str());
  lua_pushcclosure(lua, entry<missing_member>, 1);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);

  lua_newtable(lua);           // the proxy
  lua_createtable(lua, 0, 4);  // its metatable
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "members");
  lua_pushstring(lua, name.c_str());
  lua_pushcclosure(lua, entry<refuse_member>, 1);
  lua_setfield(lua, -2, "__newindex");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
}

void Session::define(Primitive made) {
  lua_State* lua = runtime_.lua();
  primitives_.push_back(std::make_unique<Primitive>(std::move(made)));
  const Primitive& primitive = *primitives_.back();
  const std::string& name = primitive.schema.name;
  by_name_[name] = &primitive;
  int top = lua_gettop(lua);
  if (size_t colon = name.find(':'); colon != std::string::npos) {
    lua_getfield(lua, LUA_REGISTRYINDEX, kMethods);
    std::string type = name.substr(0, colon);
    lua_getfield(lua, -1, type.c_str());
    if (lua_isnil(lua, -1)) {
      lua_pop(lua, 1);
      lua_newtable(lua);
      lua_pushvalue(lua, -1);
      lua_setfield(lua, -3, type.c_str());
    }
    push_primitive(lua, primitive, 0);
    lua_setfield(lua, -2, name.substr(colon + 1).c_str());
    lua_settop(lua, top);
    return;
  }
  lua_getfield(lua, LUA_REGISTRYINDEX, kGlobals);
  std::string space, rest = name;
  for (size_t dot = rest.find('.'); dot != std::string::npos; dot = rest.find('.')) {
    std::string part = rest.substr(0, dot);
    space += (space.empty() ? "" : ".") + part;
    open_space(*this, lua, space, lua_gettop(lua), part);
    rest = rest.substr(dot + 1);
  }
  if (primitive.schema.shape == Shape::value) {
    Call call{*this, primitive.schema, nullptr, {}, {}, {}, nullptr};
    Result<Value> value = primitive.body(call);
    runtime_.push(value ? *value : Value());
  } else {
    push_primitive(lua, primitive, 0);
  }
  lua_pushlstring(lua, rest.data(), rest.size());
  lua_insert(lua, -2);
  lua_rawset(lua, -3);
  lua_settop(lua, top);
}

void open_environment(Session& session) {
  lua_State* lua = session.runtime().lua();
  lua_newtable(lua);
  lua_setfield(lua, LUA_REGISTRYINDEX, kMethods);

  lua_newtable(lua);  // the globals
  int globals = lua_gettop(lua);
  lua_pushvalue(lua, globals);
  lua_setfield(lua, LUA_REGISTRYINDEX, kGlobals);
  open_lua_libraries(lua, globals);
  lua_newtable(lua);
  lua_pushcfunction(lua, entry<missing_global>);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, globals);

  // Buildfiles run in an empty table in front of the globals, so that every assignment is seen.
  lua_newtable(lua);
  int environment = lua_gettop(lua);
  lua_newtable(lua);
  lua_pushvalue(lua, globals);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, entry<refuse_global>);
  lua_setfield(lua, -2, "__newindex");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, environment);
  lua_setfield(lua, LUA_REGISTRYINDEX, kEnvironment);
  lua_settop(lua, globals - 1);
}

}  // namespace tierbuild::bindings
