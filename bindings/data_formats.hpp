// JSON, TOML and YAML texts as Values. Null becomes nil; in a list it is an error, for Lua has no place for
// it.
#pragma once

#include <string>

#include "base/result.hpp"
#include "bindings/value.hpp"

namespace tierbuild::bindings {

Result<Value> parse_json(const std::string& text);
Result<Value> parse_toml(const std::string& text);
/// Aliases are followed up to a bound on the number of values.
Result<Value> parse_yaml(const std::string& text);

}  // namespace tierbuild::bindings
