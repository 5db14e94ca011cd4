// The one merge law: maps merge, lists append, scalars are replaced; `replace {…}` overrides.
#pragma once

#include "bindings/type.hpp"

namespace tierbuild::bindings {

/// What becomes of a table that meets another one.
enum class Join : uint8_t { replace, append, maps };
Join join_of(const Value& below, const Value& above, const Type& type);

/// `above` laid on `below`. The type says which tables are lists, maps, or one value (a command).
Value merge(const Value& below, const Value& above, const Type& type);
/// Two tables of named fields, each merged by the type of its field.
Table merge_fields(Table below, const Table& above, const std::vector<Field>& fields);
/// The value without its `replace {…}`.
Value without_replace(const Value& value);

}  // namespace tierbuild::bindings
