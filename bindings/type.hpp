// Types: what a value must look like. The schemas of the primitives and `t.*` of the language are made of
// them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bindings/value.hpp"

namespace tierbuild::bindings {

struct Type;
using TypePtr = std::shared_ptr<const Type>;

enum class Required : uint8_t { no, yes };

struct Field {
  std::string name;
  TypePtr type;
  std::string doc;
  std::string fallback = {};  // as shown in the reference; empty: none
  Required required = Required::no;
};

struct Type {
  enum class Kind : uint8_t {
    any,
    string,
    stamped,
    name,
    user,
    integer,
    number,
    boolean,
    port,
    path,
    mode,
    duration,
    bytes,
    platform,
    tier,
    image,
    base,
    step,
    layer,
    mount,
    source,
    selector,
    target,
    word,
    function,
    type,
    argv,
    list,
    map,
    enumeration,
    record,
    either,
    handle,
    requirements,
    wheel
  };
  Kind kind = Kind::any;
  std::string noun;                   // "a port": how messages call it; empty: made from the kind
  TypePtr item;                       // list, map; record: its positional items
  std::vector<std::string> choices;   // enumeration; handle: the kinds it may have; function: `ctx: ctx`
  std::vector<Field> fields;          // record
  std::vector<TypePtr> alternatives;  // either
  double least = -9e15, most = 9e15;  // integer
  bool appends = false;               // record: two of them merge, their items append
  bool lone = false;                  // record: one item alone stands for a list of it
  size_t depth = 1;                   // of types in types
  bool optional = false;              // `t.x:opt()`
  std::optional<Value> fallback;      // `t.x:opt(default)`
};

/// How messages name a type: `a list of strings`.
std::string describe(const Type& type);
/// How the reference and editors name a type: `string[]`, `table<string, string>`.
std::string signature(const Type& type);

namespace types {
TypePtr of(Type::Kind kind);
TypePtr any();
TypePtr string();
TypePtr stamped();  // a string that may hold stamps
TypePtr boolean();
TypePtr integer();
TypePtr whole(double most = 9e15);  // from 0
TypePtr id();                       // of a user or group
TypePtr user();                     // a name, 'name:group' or a number
TypePtr number();
TypePtr duration();
TypePtr bytes();
TypePtr argv();  // one value: never merged item by item
TypePtr list(TypePtr item);
TypePtr map(TypePtr item);
TypePtr enumeration(std::vector<std::string> choices);
TypePtr record(std::vector<Field> fields, TypePtr items = nullptr, std::string noun = {});
/// A list that may carry options: `{ 'a', 'b', index = x }`.
TypePtr list_with(TypePtr item, std::vector<Field> options, std::string noun);
TypePtr either(std::vector<TypePtr> alternatives, std::string noun = {});
/// A handle of one of these kinds, or its name.
TypePtr handle(std::vector<std::string> kinds);
/// A function of the author; its parameters with their types, as the signature shows them: `ctx: ctx`.
TypePtr function(std::vector<std::string> parameters);
TypePtr optional(const TypePtr& type, std::optional<Value> fallback);
}  // namespace types

}  // namespace tierbuild::bindings
