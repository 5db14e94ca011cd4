// Schemas: every primitive with its name, doc and fields as data. Validation and suggestions are
// driven by them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bindings/type.hpp"
#include "bindings/value.hpp"

namespace tierbuild::bindings {

class Session;

enum class Shape : uint8_t {
  value,    // not called: `stamp.time`, `EACH`
  call,     // f(a, b): `fields` are the parameters in order
  table,    // f { … }
  curried,  // f 'name' { … }
};

/// After a bad declaration the file goes on, so that several errors are seen at once; a bad value ends it.
enum class OnError : uint8_t { raise, report };

/// Where a Buildfile meets what a schema describes.
enum class Home : uint8_t {
  language,  // a name of the language
  library,   // a name that a file of the standard library defines
  argument,  // a member of what a function of the author is called with: `ctx.run`
};

struct Schema {
  std::string name;  // "service", "image.from", "image:run"
  std::string doc;
  Shape shape = Shape::table;
  std::vector<Field> fields = {};
  TypePtr items = nullptr;  // positional items of the table; null: there are none
  std::string returns = {};
  std::string declares = {};  // kind of the handle that it returns
  OnError on_error = OnError::raise;
  TypePtr declared_name = nullptr;  // null: letters, digits, '-', '_', '.'
  Home home = Home::language;
};

/// How a call is written: `service 'name' { … }`, `image.from(ref)`.
std::string call_form(const Schema& schema);

/// One call of a primitive, its arguments already checked against the schema.
struct Call {
  Session& session;
  const Schema& schema;
  OriginPtr origin;
  std::string name;         // curried
  Value self;               // methods
  std::vector<Value> args;  // Shape::call, one for each field
  TablePtr table;           // Shape::table and curried

  const Value& operator[](const std::string& field) const { return (*table)[field]; }
  /// How messages call it: `service 'x'`, `image.from`.
  std::string subject() const;
};

using Body = std::function<Result<Value>(Call&)>;

struct Primitive {
  Schema schema;
  Body body;                                // null for a raw function
  int (*raw)(struct lua_State*) = nullptr;  // a function that works on the Lua stack itself
};

/// The schemas of all that a Buildfile can call, sorted by name: the language's own, the standard library's,
/// and the members of what task functions are given.
std::vector<Schema> schemas();

}  // namespace tierbuild::bindings
