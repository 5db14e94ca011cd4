// Tokens of Lua source text, for finding columns when an error is reported.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tierbuild::bindings {

struct LuaToken {
  enum class Kind : uint8_t { name, number, string, symbol };
  Kind kind = Kind::symbol;
  std::string text;  // a string's content without its quotes, escapes left as they are
  int line = 1, column = 1;

  bool is(std::string_view symbol) const { return kind != Kind::string && text == symbol; }
};

/// The tokens without comments; text that is no Lua ends the list early.
std::vector<LuaToken> lua_tokens(std::string_view source);

}  // namespace tierbuild::bindings
