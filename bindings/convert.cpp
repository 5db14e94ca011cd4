// Lua values to Value and back.
#include <cmath>
#include <lua.hpp>

#include "bindings/runtime.hpp"

namespace tierbuild::bindings {
namespace {

constexpr size_t kDeepestTable = 40;
constexpr uint64_t kCostOfValue = 50;   // in instructions, and as much again for a table
constexpr uint64_t kBytesOfValue = 64;  // about what a value takes besides its text

}  // namespace

/// Copies one Lua value with all that it holds.
class ValueReader {
 public:
  explicit ValueReader(Runtime& runtime) : runtime_(runtime), lua_(runtime.lua()) {}

  Result<Value> read(int index, const Place& place) {
    origin_ = place.origin;
    path_ = place.path;
    return read(index);
  }

 private:
  Result<Value> read(int index) {
    size_t text_size = lua_type(lua_, index) == LUA_TSTRING ? lua_objlen(lua_, index) : 0;
    TB_TRY(runtime_.charge(kCostOfValue));
    TB_TRY(runtime_.hold(kBytesOfValue + text_size));
    switch (lua_type(lua_, index)) {
      case LUA_TNIL:
        return Value();
      case LUA_TBOOLEAN:
        return Value(lua_toboolean(lua_, index) != 0);
      case LUA_TNUMBER:
        return Value(lua_tonumber(lua_, index));
      case LUA_TSTRING:
        return Value(text(index));
      case LUA_TTABLE:
        return read_table(index);
      case LUA_TFUNCTION:
        return read_function(index);
      case LUA_TUSERDATA:
        if (ObjectPtr object = runtime_.object_at(index)) return Value(object);
        [[fallthrough]];
      default:
        return fail(fault(Fault::bad_table, "this value cannot be used here"));
    }
  }

  // Reads the value at the top as the one under `key`, and takes it away.
  Result<Value> read_top(Key key) {
    path_.push_back(std::move(key));
    Result<Value> value = read(-1);
    if (value) {  // after a failure the path still names its place
      path_.pop_back();
      lua_pop(lua_, 1);
    }
    return value;
  }

  std::string text(int index) {
    size_t size = 0;
    const char* bytes = lua_tolstring(lua_, index, &size);
    return {bytes, size};
  }

  Error fail(Error error) {
    if (!origin_) return runtime_.here(std::move(error));
    return std::move(error).at(runtime_.sources().locate(*origin_, path_));
  }
  Error fail_at(Key key, Error error) {
    path_.push_back(std::move(key));
    return fail(std::move(error));
  }

  Result<Value> read_function(int index) {
    lua_Debug record;
    lua_pushvalue(lua_, index);
    lua_getinfo(lua_, ">S", &record);
    auto function = std::make_shared<LuaFunction>();
    if (const Runtime::Chunk* chunk = runtime_.chunk_of(record))
      function->origin = std::make_shared<const Origin>(
          Origin{{chunk->file, record.linedefined, 0}, record.lastlinedefined, {}, {}, {}});
    lua_pushvalue(lua_, index);
    function->reference = luaL_ref(lua_, LUA_REGISTRYINDEX);
    return Value(std::shared_ptr<const LuaFunction>(std::move(function)));
  }

  Result<Value> read_table(int index) {
    if (path_.size() > kDeepestTable)
      return fail(fault(Fault::bad_table, "this table holds itself, or is nested too deeply"));
    TB_TRY(runtime_.charge(kCostOfValue));
    luaL_checkstack(lua_, 6, "too deep");
    if (index < 0) index = lua_gettop(lua_) + index + 1;
    Table table;
    table.place = {origin_, path_};
    size_t length = lua_objlen(lua_, index);
    table.items.reserve(std::min<size_t>(length, 64));
    for (size_t i = 1; i <= length; ++i) {
      lua_rawgeti(lua_, index, static_cast<int>(i));
      if (lua_isnil(lua_, -1)) return fail_at(static_cast<int>(i), hole(i));
      TB_LET(Value item, read_top(static_cast<int>(i)));
      table.items.push_back(std::move(item));
    }
    lua_pushnil(lua_);
    while (lua_next(lua_, index) != 0) {
      if (lua_type(lua_, -2) == LUA_TNUMBER) {
        double number = lua_tonumber(lua_, -2);
        bool item = number >= 1 && number <= static_cast<double>(length) && std::floor(number) == number;
        bool later = number > 0 && std::floor(number) == number;
        if (!item) return fail(later ? hole(length + 1) : odd_key());
        lua_pop(lua_, 1);
        continue;
      }
      if (lua_type(lua_, -2) != LUA_TSTRING) return fail(odd_key());
      std::string name = text(-2);
      TB_LET(Value field, read_top(name));
      table.fields.emplace(std::move(name), std::move(field));
    }
    return Value(std::move(table));
  }

  static Error hole(size_t position) {
    return fault(Fault::bad_table, "item {} of this list is nil", position)
        .hint("a name may be misspelt, or a function may have returned nothing");
  }
  static Error odd_key() {
    return fault(Fault::bad_table, "the keys of this table must be names, or the numbers 1, 2, 3, …");
  }

  Runtime& runtime_;
  lua_State* lua_;
  OriginPtr origin_;
  KeyPath path_;  // to the value that is being read
};

Result<Value> Runtime::value_at(int index, const Place& place) {
  return ValueReader(*this).read(index, place);
}

void Runtime::push(const Value& value) {
  luaL_checkstack(lua_, 6, "too deep");
  if (const bool* boolean = value.boolean()) return lua_pushboolean(lua_, *boolean ? 1 : 0);
  if (const double* number = value.number()) return lua_pushnumber(lua_, *number);
  if (const std::string* text = value.string()) {
    lua_pushlstring(lua_, text->data(), text->size());
    return;
  }
  if (const LuaFunction* function = value.function()) {
    lua_rawgeti(lua_, LUA_REGISTRYINDEX, function->reference);
    return;
  }
  if (ObjectPtr object = value.object_ptr()) return push_object(object);
  const Table* table = value.table();
  if (table == nullptr) return lua_pushnil(lua_);
  lua_createtable(lua_, static_cast<int>(table->items.size()), static_cast<int>(table->fields.size()));
  for (size_t i = 0; i < table->items.size(); ++i) {
    push(table->items[i]);
    lua_rawseti(lua_, -2, static_cast<int>(i + 1));
  }
  for (const auto& [name, field] : table->fields) {
    lua_pushlstring(lua_, name.data(), name.size());
    push(field);
    lua_rawset(lua_, -3);
  }
}

}  // namespace tierbuild::bindings
