#include "bindings/lua_messages.hpp"

#include <fmt/format.h>
#include <array>

namespace tierbuild::bindings {
namespace {

struct Attempt {
  std::string_view lua;
  std::string_view plain;
};

constexpr std::array<Attempt, 5> kAttempts{{
    {"attempt to call ", "it cannot be called"},
    {"attempt to index ", "it has no fields"},
    {"attempt to concatenate ", "it cannot be joined to a string"},
    {"attempt to perform arithmetic on ", "it cannot be computed with"},
    {"attempt to get length of ", "it has no length"},
}};

std::string_view between(std::string_view text, std::string_view open, std::string_view close) {
  size_t start = text.find(open);
  if (start == std::string_view::npos) return {};
  start += open.size();
  size_t end = text.find(close, start);
  return end == std::string_view::npos ? std::string_view{} : text.substr(start, end - start);
}

}  // namespace

PlainMessage plain_message(std::string_view message) {
  PlainMessage plain{std::string(message), std::string(between(message, "near '", "'")), {}};
  if (message == "stack overflow" || message == "error in error handling") {
    plain.text = "functions call each other without end";
    return plain;
  }
  for (const Attempt& attempt : kAttempts) {
    if (!message.starts_with(attempt.lua)) continue;
    std::string_view rest = message.substr(attempt.lua.size());
    std::string_view name = between(rest, "'", "'");
    std::string_view found =
        rest.starts_with("a ") ? between(rest, "a ", " value") : between(rest, "(a ", " value)");
    if (found.empty()) return plain;
    plain.token = name;
    if (name.empty()) {
      plain.text = fmt::format("this value is {}: {}", found == "nil" ? "nil" : fmt::format("a {}", found),
                               attempt.plain);
    } else {
      plain.text = fmt::format("'{}' is {}: {}", name, found == "nil" ? "nil" : fmt::format("a {}", found),
                               attempt.plain);
      if (found == "nil")
        plain.hint = fmt::format("nothing of the name '{}' is set there; check its spelling", name);
    }
    return plain;
  }
  return plain;
}

}  // namespace tierbuild::bindings
