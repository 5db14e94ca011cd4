// string.find, match, gmatch and gsub over LuaPattern.
#include <cstring>
#include <lua.hpp>

#include "bindings/lua_pattern.hpp"
#include "bindings/session.hpp"

namespace tierbuild::bindings {
namespace {

constexpr uint64_t kMostWork = 20'000'000;
constexpr size_t kBytesPerInstruction = 16;  // of texts that are only compared or copied

std::string_view text_at(lua_State* lua, int index) {
  size_t size = 0;
  const char* bytes = luaL_checklstring(lua, index, &size);
  return {bytes, size};
}

// Lua's 1-based, maybe negative start as an offset; past the end if there is nothing to search.
size_t start_at(lua_State* lua, int index, size_t size) {
  lua_Integer start = luaL_optinteger(lua, index, 1);
  if (start < 0) start += static_cast<lua_Integer>(size) + 1;
  return start < 1 ? 0 : static_cast<size_t>(start - 1);
}

Result<std::optional<PatternMatch>> search(Runtime& runtime, LuaPattern& pattern, std::string_view text,
                                           size_t from) {
  uint64_t before = pattern.work();
  auto found = pattern.find(text, from);
  if (!found) return fault(Fault::runtime, "{}", found.error().message());
  TB_TRY(runtime.charge(pattern.work() - before));
  return found;
}

void push_capture(lua_State* lua, std::string_view text, const PatternMatch& match, size_t index) {
  if (index >= match.captures.size()) {
    lua_pushlstring(lua, text.data() + match.begin, match.end - match.begin);
  } else if (match.captures[index].position) {
    lua_pushinteger(lua, static_cast<lua_Integer>(match.captures[index].begin + 1));
  } else {
    lua_pushlstring(lua, text.data() + match.captures[index].begin,
                    match.captures[index].end - match.captures[index].begin);
  }
}

int push_captures(lua_State* lua, std::string_view text, const PatternMatch& match, bool whole) {
  size_t count = match.captures.size();
  if (count == 0 && whole) count = 1;
  luaL_checkstack(lua, static_cast<int>(count), "too many captures");
  for (size_t i = 0; i < count; ++i) push_capture(lua, text, match, i);
  return static_cast<int>(count);
}

Result<int> find(Runtime& runtime, lua_State* lua) {
  std::string_view text = text_at(lua, 1), wanted = text_at(lua, 2);
  size_t from = start_at(lua, 3, text.size());
  if (from <= text.size()) {
    bool plain = lua_toboolean(lua, 4) != 0 || wanted.find_first_of("^$*+?.([%-") == std::string_view::npos;
    if (plain) {
      // memmem is linear, whatever the texts; string_view::find is not.
      std::string_view rest = text.substr(from);
      const void* found =
          wanted.empty() ? rest.data() : ::memmem(rest.data(), rest.size(), wanted.data(), wanted.size());
      TB_TRY(runtime.charge((rest.size() + wanted.size()) / kBytesPerInstruction));
      if (found != nullptr) {
        size_t at = static_cast<size_t>(static_cast<const char*>(found) - text.data());
        lua_pushinteger(lua, static_cast<lua_Integer>(at + 1));
        lua_pushinteger(lua, static_cast<lua_Integer>(at + wanted.size()));
        return 2;
      }
    } else {
      LuaPattern pattern(wanted, kMostWork);
      TB_LET(auto match, search(runtime, pattern, text, from));
      if (match) {
        lua_pushinteger(lua, static_cast<lua_Integer>(match->begin + 1));
        lua_pushinteger(lua, static_cast<lua_Integer>(match->end));
        return 2 + push_captures(lua, text, *match, false);
      }
    }
  }
  lua_pushnil(lua);
  return 1;
}

Result<int> match(Runtime& runtime, lua_State* lua) {
  std::string_view text = text_at(lua, 1), wanted = text_at(lua, 2);
  size_t from = start_at(lua, 3, text.size());
  if (from <= text.size()) {
    LuaPattern pattern(wanted, kMostWork);
    TB_LET(auto found, search(runtime, pattern, text, from));
    if (found) return push_captures(lua, text, *found, true);
  }
  lua_pushnil(lua);
  return 1;
}

// Upvalues: text, pattern, where to go on.
Result<int> next_match(Runtime& runtime, lua_State* lua) {
  std::string_view text = text_at(lua, lua_upvalueindex(1)), wanted = text_at(lua, lua_upvalueindex(2));
  auto from = static_cast<size_t>(lua_tointeger(lua, lua_upvalueindex(3)));
  if (from > text.size()) return 0;
  LuaPattern pattern(wanted, kMostWork);
  TB_LET(auto found, search(runtime, pattern, text, from));
  if (!found) return 0;
  size_t next = found->end == found->begin ? found->end + 1 : found->end;
  lua_pushinteger(lua, static_cast<lua_Integer>(next));
  lua_replace(lua, lua_upvalueindex(3));
  return push_captures(lua, text, *found, true);
}

Result<int> gmatch(Runtime&, lua_State* lua) {
  text_at(lua, 1);
  text_at(lua, 2);
  lua_settop(lua, 2);
  lua_pushinteger(lua, 0);
  lua_pushcclosure(lua, entry<next_match>, 3);
  return 1;
}

/// One gsub: what a match is replaced by depends on the type of the third argument.
class Substitution {
 public:
  Substitution(Runtime& runtime, lua_State* lua) : runtime_(runtime), lua_(lua), text_(text_at(lua, 1)) {}

  Result<int> run() {
    std::string_view wanted = text_at(lua_, 2);
    int type = lua_type(lua_, 3);
    if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TTABLE && type != LUA_TFUNCTION)
      return fault(Fault::runtime, "gsub replaces by a string, a table or a function");
    auto most = static_cast<lua_Integer>(text_.size() + 1);
    if (!lua_isnoneornil(lua_, 4)) most = luaL_checkinteger(lua_, 4);
    LuaPattern pattern(wanted, kMostWork);
    size_t at = 0;
    lua_Integer count = 0;
    while (count < most && at <= text_.size()) {
      TB_LET(auto match, search(runtime_, pattern, text_, at));
      if (!match) break;
      ++count;
      out_.append(text_, at, match->begin - at);
      TB_TRY(replace(*match));
      at = match->end;
      if (match->end == match->begin) {
        if (at < text_.size()) out_ += text_[at];
        ++at;
      }
      if (wanted.starts_with('^')) break;
      if (out_.size() > kMostText) return fault(Fault::memory, "gsub makes a text that is too long");
    }
    if (at < text_.size()) out_.append(text_, at);
    lua_pushlstring(lua_, out_.data(), out_.size());
    lua_pushinteger(lua_, count);
    return 2;
  }

 private:
  static constexpr size_t kMostText = 64u << 20;

  Status replace(const PatternMatch& match) {
    int type = lua_type(lua_, 3);
    if (type == LUA_TSTRING || type == LUA_TNUMBER) return expand(match);
    if (type == LUA_TTABLE) {
      push_capture(lua_, text_, match, 0);
      lua_gettable(lua_, 3);
    } else {
      lua_pushvalue(lua_, 3);
      int captures = push_captures(lua_, text_, match, true);
      lua_call(lua_, captures, 1);
    }
    if (lua_toboolean(lua_, -1) == 0) {
      out_.append(text_, match.begin, match.end - match.begin);
    } else if (lua_isstring(lua_, -1) != 0) {
      append_top();
    } else {
      return fault(Fault::runtime, "gsub cannot replace by a {}", luaL_typename(lua_, -1));
    }
    lua_pop(lua_, 1);
    return {};
  }

  Status expand(const PatternMatch& match) {
    std::string_view by = text_at(lua_, 3);
    for (size_t i = 0; i < by.size(); ++i) {
      if (by[i] != '%') {
        out_ += by[i];
        continue;
      }
      char next = ++i < by.size() ? by[i] : '\0';
      if (next == '%') {
        out_ += next;
      } else if (next == '0') {
        out_.append(text_, match.begin, match.end - match.begin);
      } else if (next >= '1' && next <= '9') {
        auto index = static_cast<size_t>(next - '1');
        if (index > 0 && index >= match.captures.size())
          return fault(Fault::runtime, "gsub refers to the capture %{}, which the pattern does not have",
                       next);
        push_capture(lua_, text_, match, index);
        append_top();
        lua_pop(lua_, 1);
      } else {
        return fault(Fault::runtime, "a lone '%' in the replacement of gsub; write '%%'");
      }
    }
    return {};
  }

  void append_top() {
    size_t size = 0;
    const char* bytes = lua_tolstring(lua_, -1, &size);
    out_.append(bytes, size);
  }

  Runtime& runtime_;
  lua_State* lua_;
  std::string_view text_;
  std::string out_;
};

Result<int> gsub(Runtime& runtime, lua_State* lua) {
  return Substitution(runtime, lua).run();
}

}  // namespace

void open_patterns(Session& session) {
  lua_State* lua = session.runtime().lua();
  lua_pushliteral(lua, "");
  lua_getmetatable(lua, -1);
  lua_getfield(lua, -1, "__index");
  lua_pushcfunction(lua, entry<find>);
  lua_setfield(lua, -2, "find");
  lua_pushcfunction(lua, entry<match>);
  lua_setfield(lua, -2, "match");
  lua_pushcfunction(lua, entry<gmatch>);
  lua_setfield(lua, -2, "gmatch");
  lua_pushcfunction(lua, entry<gsub>);
  lua_setfield(lua, -2, "gsub");
  lua_pop(lua, 3);
}

}  // namespace tierbuild::bindings
