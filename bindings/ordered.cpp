// pairs and next in a fixed order: numbers, then texts by their bytes, then false and true, then handles as
// they were declared.
#include <lua.hpp>

#include "bindings/session.hpp"

namespace tierbuild::bindings {
namespace {

struct TableKey {
  int rank = 0;
  double number = 0;
  std::string text;
  Value value;

  bool operator<(const TableKey& other) const {
    return std::tie(rank, number, text) < std::tie(other.rank, other.number, other.text);
  }
};

Result<TableKey> key_at(Runtime& runtime, lua_State* lua, int index) {
  switch (lua_type(lua, index)) {
    case LUA_TNUMBER: {
      double number = lua_tonumber(lua, index);
      return TableKey{0, number, {}, Value(number)};
    }
    case LUA_TSTRING: {
      size_t size = 0;
      const char* bytes = lua_tolstring(lua, index, &size);
      return TableKey{1, 0, std::string(bytes, size), Value(std::string(bytes, size))};
    }
    case LUA_TBOOLEAN: {
      bool value = lua_toboolean(lua, index) != 0;
      return TableKey{2, value ? 1.0 : 0.0, {}, Value(value)};
    }
    default:
      if (ObjectPtr object = runtime.object_at(index))
        if (const auto* handle = std::get_if<Handle>(&object->held))
          return TableKey{3, static_cast<double>(handle->order), {}, Value(object)};
      return fault(Fault::bad_table, "a {} as a key of a table has no order", luaL_typename(lua, index))
          .hint("use names, numbers or handles as keys");
  }
}

Result<std::vector<TableKey>> sorted_keys(Runtime& runtime, lua_State* lua, int table) {
  constexpr size_t kCostOfKey = 10, kBytesPerInstruction = 4;
  std::vector<TableKey> keys;
  size_t cost = 0;
  lua_pushnil(lua);
  while (lua_next(lua, table) != 0) {
    lua_pop(lua, 1);
    TB_LET(TableKey key, key_at(runtime, lua, -1));
    cost += kCostOfKey + key.text.size() / kBytesPerInstruction;
    keys.push_back(std::move(key));
  }
  std::sort(keys.begin(), keys.end());
  TB_TRY(runtime.charge(cost));
  return keys;
}

Status check_table(lua_State* lua) {
  if (lua_istable(lua, 1)) return {};
  return fault(Fault::runtime, "pairs needs a table, found {}",
               lua_isnoneornil(lua, 1) ? "nil" : luaL_typename(lua, 1))
      .hint("a name may be misspelt");
}

// Upvalues: the keys as a list, the number of the last one.
Result<int> next_pair(Runtime&, lua_State* lua) {
  auto index = static_cast<int>(lua_tointeger(lua, lua_upvalueindex(2)));
  while (true) {
    lua_rawgeti(lua, lua_upvalueindex(1), ++index);
    if (lua_isnil(lua, -1)) return 1;
    lua_pushvalue(lua, -1);
    lua_rawget(lua, 1);
    if (!lua_isnil(lua, -1)) break;  // an entry that was taken out meanwhile is passed over
    lua_pop(lua, 2);
  }
  lua_pushinteger(lua, index);
  lua_replace(lua, lua_upvalueindex(2));
  return 2;
}

Result<int> pairs(Runtime& runtime, lua_State* lua) {
  TB_TRY(check_table(lua));
  TB_LET(std::vector<TableKey> keys, sorted_keys(runtime, lua, 1));
  lua_createtable(lua, static_cast<int>(keys.size()), 0);
  for (size_t i = 0; i < keys.size(); ++i) {
    runtime.push(keys[i].value);
    lua_rawseti(lua, -2, static_cast<int>(i + 1));
  }
  lua_pushinteger(lua, 0);
  lua_pushcclosure(lua, entry<next_pair>, 2);
  lua_pushvalue(lua, 1);
  lua_pushnil(lua);
  return 3;
}

Result<int> next(Runtime& runtime, lua_State* lua) {
  TB_TRY(check_table(lua));
  TB_LET(std::vector<TableKey> keys, sorted_keys(runtime, lua, 1));
  auto at = keys.begin();
  if (!lua_isnoneornil(lua, 2)) {
    TB_LET(TableKey last, key_at(runtime, lua, 2));
    at = std::upper_bound(keys.begin(), keys.end(), last);
  }
  if (at == keys.end()) {
    lua_pushnil(lua);
    return 1;
  }
  runtime.push(at->value);
  lua_pushvalue(lua, -1);
  lua_rawget(lua, 1);
  return 2;
}

}  // namespace

void open_ordered(Session& session) {
  auto table = types::any();
  session.define({{.name = "pairs",
                   .doc = "Iterates over a table in a fixed order: numbers, texts, handles as declared.",
                   .shape = Shape::call,
                   .fields = {{"table", table, "the table"}},
                   .returns = "function"},
                  nullptr,
                  entry<pairs>});
  session.define({{.name = "next",
                   .doc = "The entry after a key, in the order of pairs; the first one without a key.",
                   .shape = Shape::call,
                   .fields = {{"table", table, "the table"}, {"key", types::any(), "the key before"}},
                   .returns = "any"},
                  nullptr,
                  entry<next>});
}

}  // namespace tierbuild::bindings
