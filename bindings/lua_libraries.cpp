#include "bindings/lua_libraries.hpp"

#include <array>
#include <lua.hpp>
#include <utility>

#include "bindings/runtime.hpp"

namespace tierbuild::bindings {
namespace {

using Why = std::pair<std::string_view, const char*>;

constexpr const char* kFiles = "evaluation does no work; read files with read, exists, glob, json.read";
constexpr const char* kChance = "evaluation must give the same result every time";
constexpr const char* kCode = "only the text of Buildfiles is run; share code with require 'build.rules'";
constexpr const char* kInside = "it reaches behind the language";

constexpr std::array<Why, 34> kWhy{{
    {"io", kFiles},
    {"os", "evaluation sees no clock and no environment; declare what varies with arg 'name' { default }"},
    {"dofile", "load another Buildfile with include, or a module with require"},
    {"loadfile", "load another Buildfile with include, or a module with require"},
    {"load", kCode},
    {"loadstring", kCode},
    {"module", kCode},
    {"package", "modules are found below the workspace root: require 'build.rules' is //build/rules.lua"},
    {"string.dump", kCode},
    {"debug", kInside},
    {"ffi", kInside},
    {"jit", kInside},
    {"getfenv", kInside},
    {"setfenv", kInside},
    {"newproxy", kInside},
    {"rawget", kInside},
    {"rawset", kInside},
    {"rawequal", kInside},
    {"collectgarbage", kInside},
    {"gcinfo", kInside},
    {"_G", "names are declared with local; there is no table of globals"},
    {"_ENV", "names are declared with local; there is no table of globals"},
    {"_VERSION", "the language is the same everywhere"},
    {"coroutine", "a Buildfile only declares"},
    {"pcall", "errors are reported all together; test a value instead of catching its error"},
    {"xpcall", "errors are reported all together; test a value instead of catching its error"},
    {"print", "evaluation prints nothing; say it in a doc, or raise it with error"},
    {"bit", "a Buildfile only declares"},
    {"math.random", kChance},
    {"math.randomseed", kChance},
    {"table.foreach", "use pairs, whose order is fixed"},
    {"table.foreachi", "use ipairs"},
    {"table.getn", "use #"},
    {"table.setn", "use #"},
}};

constexpr std::array kBase{"ipairs", "select", "tonumber", "type", "unpack", "setmetatable", "getmetatable"};
constexpr std::array kString{"byte", "char", "len", "rep", "sub"};
constexpr std::array kBulkString{"lower", "reverse", "upper"};
constexpr std::array kTable{"concat", "maxn", "sort"};
constexpr std::array kPlacedTable{"insert", "remove"};
constexpr std::array kMath{"abs", "ceil", "floor", "fmod", "huge", "log",  "log10",
                           "max", "min",  "modf",  "pi",   "pow",  "sqrt", "exp"};

// A text for any value that does not hold an address.
void push_text(lua_State* lua, int index) {
  int type = lua_type(lua, index);
  if (luaL_callmeta(lua, index, "__tostring") != 0) return;
  if (type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TUSERDATA || type == LUA_TLIGHTUSERDATA) {
    lua_pushstring(lua, lua_typename(lua, type));
  } else if (type == LUA_TBOOLEAN) {
    lua_pushstring(lua, lua_toboolean(lua, index) != 0 ? "true" : "false");
  } else if (type == LUA_TNIL) {
    lua_pushliteral(lua, "nil");
  } else {
    lua_pushvalue(lua, index);
    lua_tostring(lua, -1);
  }
}

Result<int> to_string(Runtime&, lua_State* lua) {
  luaL_checkany(lua, 1);
  push_text(lua, 1);
  return 1;
}

// string.format, whose `%s` and `%p` would print addresses.
Result<int> format(Runtime&, lua_State* lua) {
  std::string_view pattern = luaL_checkstring(lua, 1);
  for (size_t at = pattern.find('%'); at != std::string_view::npos; at = pattern.find('%', at + 2))
    if (at + 1 < pattern.size() && pattern[at + 1] == 'p')
      return fault(Fault::unavailable, "string.format has no '%p' in a Buildfile")
          .hint("an address differs from run to run");
  int count = lua_gettop(lua);
  for (int i = 2; i <= count; ++i) {
    int type = lua_type(lua, i);
    if (type != LUA_TTABLE && type != LUA_TFUNCTION && type != LUA_TUSERDATA) continue;
    push_text(lua, i);
    lua_replace(lua, i);
  }
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, count, 1);
  return 1;
}

// Calls the library's own function, which is the first upvalue, with all arguments.
int call_original(lua_State* lua) {
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
  return lua_gettop(lua);
}

// A function whose work is the size of its text; the library itself counts nothing.
Result<int> bulk(Runtime& runtime, lua_State* lua) {
  constexpr size_t kBytesPerInstruction = 16;
  size_t size = 0;
  luaL_checklstring(lua, 1, &size);
  TB_TRY(runtime.charge(size / kBytesPerInstruction));
  return call_original(lua);
}

// table.insert and table.remove: the library moves one entry after another from wherever it is told to.
Result<int> placed(Runtime& runtime, lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  const bool insert = lua_toboolean(lua, lua_upvalueindex(2)) != 0;
  const double length = static_cast<double>(lua_objlen(lua, 1));
  if (lua_gettop(lua) >= (insert ? 3 : 2)) {
    const double place = luaL_checknumber(lua, 2), last = insert ? length + 1 : std::max(length, 1.0);
    if (!(place >= 1 && place <= last) && (insert || length > 0))
      return fault(Fault::runtime, "there is no place {} in a list of {}", place, length);
    TB_TRY(runtime.charge(static_cast<uint64_t>(std::max(0.0, length - place))));
  }
  return call_original(lua);
}

Result<int> raise_error(Runtime& runtime, lua_State* lua) {
  int level = static_cast<int>(luaL_optinteger(lua, 2, 1));
  push_text(lua, 1);
  std::string text = lua_tostring(lua, -1) == nullptr ? "" : lua_tostring(lua, -1);
  if (lua_isnoneornil(lua, 1)) text = "an error without a message";
  constexpr size_t kLongestMessage = 4096;
  if (text.size() > kLongestMessage) text = text.substr(0, kLongestMessage) + "…";
  if (ObjectPtr object = runtime.object_at(1))
    if (const auto* failure = std::get_if<Failure>(&object->held)) return failure->error;
  return fault(Fault::raised, "{}", text).at(runtime.sources().locate_token(runtime.line_at(level), "error"));
}

Result<int> assert_true(Runtime& runtime, lua_State* lua) {
  if (lua_toboolean(lua, 1) != 0) return lua_gettop(lua);
  std::string text = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "assertion failed";
  return runtime.here(fault(Fault::raised, "{}", text), "assert");
}

template <size_t N>
void copy_members(lua_State* lua, int from, int to, const std::array<const char*, N>& names) {
  for (const char* name : names) {
    lua_getfield(lua, from, name);
    lua_setfield(lua, to, name);
  }
}

// The same members through a function that looks at the arguments first.
template <size_t N>
void wrap_members(lua_State* lua, const char* library, int to, const std::array<const char*, N>& names,
                  lua_CFunction wrapper) {
  lua_getfield(lua, LUA_GLOBALSINDEX, library);
  for (std::string_view name : names) {
    lua_getfield(lua, -1, name.data());
    lua_pushboolean(lua, name == "insert" ? 1 : 0);
    lua_pushcclosure(lua, wrapper, 2);
    lua_setfield(lua, to, name.data());
  }
  lua_pop(lua, 1);
}

template <size_t N>
void open_library(lua_State* lua, int globals, const char* name, lua_CFunction open,
                  const std::array<const char*, N>& names) {
  lua_pushcfunction(lua, open);
  lua_pushstring(lua, name);
  lua_call(lua, 1, 1);
  int library = lua_gettop(lua);
  lua_newtable(lua);
  int members = lua_gettop(lua);
  copy_members(lua, library, members, names);
  lua_pushvalue(lua, members);
  push_space(lua, name);
  lua_setfield(lua, globals, name);
  lua_replace(lua, library);
  lua_settop(lua, library);  // the members stay at the top
}

}  // namespace

const char* why_unavailable(std::string_view name) {
  for (const Why& why : kWhy)
    if (why.first == name) return why.second;
  return nullptr;
}

void open_lua_libraries(lua_State* lua, int globals) {
  lua_pushcfunction(lua, luaopen_base);
  lua_pushliteral(lua, "");
  lua_call(lua, 1, 0);
  lua_pushvalue(lua, LUA_GLOBALSINDEX);
  copy_members(lua, lua_gettop(lua), globals, kBase);
  lua_pop(lua, 1);
  lua_pushcfunction(lua, entry<to_string>);
  lua_setfield(lua, globals, "tostring");
  lua_pushcfunction(lua, entry<raise_error>);
  lua_setfield(lua, globals, "error");
  lua_pushcfunction(lua, entry<assert_true>);
  lua_setfield(lua, globals, "assert");

  open_library(lua, globals, "math", luaopen_math, kMath);
  lua_pop(lua, 1);
  open_library(lua, globals, "table", luaopen_table, kTable);
  wrap_members(lua, "table", lua_gettop(lua), kPlacedTable, entry<placed>);
  lua_getfield(lua, globals, "unpack");
  lua_setfield(lua, -2, "unpack");
  lua_pop(lua, 1);

  open_library(lua, globals, "string", luaopen_string, kString);
  wrap_members(lua, "string", lua_gettop(lua), kBulkString, entry<bulk>);
  lua_getfield(lua, LUA_GLOBALSINDEX, "string");
  lua_getfield(lua, -1, "format");
  lua_pushcclosure(lua, entry<format>, 1);
  lua_setfield(lua, -3, "format");
  lua_pop(lua, 1);
  // Methods of strings come from the same members.
  lua_pushliteral(lua, "");
  lua_getmetatable(lua, -1);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_pop(lua, 3);

  // Nothing of what the libraries opened stays reachable by name.
  lua_pushvalue(lua, LUA_GLOBALSINDEX);
  lua_pushnil(lua);
  while (lua_next(lua, -2) != 0) {
    lua_pop(lua, 1);
    lua_pushvalue(lua, -1);
    lua_pushnil(lua);
    lua_rawset(lua, -4);
  }
  lua_pop(lua, 1);
}

}  // namespace tierbuild::bindings
