// Lua's own error messages in plainer words.
#pragma once

#include <string>
#include <string_view>

namespace tierbuild::bindings {

struct PlainMessage {
  std::string text;
  std::string token;  // what the message is about, to find its column
  std::string hint;
};

/// `attempt to call field 'foo' (a nil value)` → `'foo' is nil: it cannot be called`.
PlainMessage plain_message(std::string_view message);

}  // namespace tierbuild::bindings
