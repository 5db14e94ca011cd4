// t.*: the types of parameters and args.
#include "bindings/make_values.hpp"

namespace tierbuild::bindings {
namespace {

Value type_value(TypePtr type) {
  return Value(Object{TypeValue{std::move(type)}});
}

// A type made of others; bounded, as all work on types follows their nesting.
Result<Value> nested(TypePtr type) {
  constexpr size_t kDeepest = 40;
  if (type->depth > kDeepest) return fault(Fault::bad_value, "types are nested deeper than {}", kDeepest);
  return type_value(std::move(type));
}

TypePtr held(const Value& value) {
  return value.as<TypeValue>()->type;
}

struct NamedType {
  const char* name;
  Type::Kind kind;
  const char* doc;
};

constexpr NamedType kNamed[] = {
    {"string", Type::Kind::string, "A text."},
    {"int", Type::Kind::integer, "A whole number."},
    {"bool", Type::Kind::boolean, "true or false."},
    {"port", Type::Kind::port, "A port from 1 to 65535."},
    {"path", Type::Kind::path, "A path of the workspace."},
    {"tier", Type::Kind::tier, "A tier, by its handle or name, or an image."},
    {"image", Type::Kind::image, "An image value, a tier or a service."},
    {"base", Type::Kind::base, "What `from` takes: an image, a tier, a service, or the name of one."},
    {"any", Type::Kind::any, "Anything."},
};

Result<Value> record(Call& call) {
  std::vector<Field> fields;
  for (const auto& [name, type] : call.table->fields)
    fields.push_back({name, held(type), {}, {}, held(type)->optional ? Required::no : Required::yes});
  return nested(types::record(std::move(fields)));
}

Result<Value> optional(Call& call) {
  TypePtr type = held(call.self);
  if (call.args[0].is_nil()) return type_value(types::optional(type, std::nullopt));
  Validator validator(call.session.runtime().sources(), "the default");
  validator.check(call.args[0], *type, Place{call.origin, {}});
  if (!validator.ok()) return validator.take().front();
  return type_value(types::optional(type, call.args[0]));
}

}  // namespace

void define_types(Session& session) {
  for (const NamedType& named : kNamed)
    session.define(
        {{.name = std::string("t.") + named.name, .doc = named.doc, .shape = Shape::value, .returns = "type"},
         [kind = named.kind](Call&) { return type_value(types::of(kind)); }});
  Field item{"item", types::of(Type::Kind::type), "the type of each", {}, Required::yes};
  session.define(
      {{.name = "t.list", .doc = "A list.", .shape = Shape::call, .fields = {item}, .returns = "type"},
       [](Call& call) -> Result<Value> { return nested(types::list(held(call.args[0]))); }});
  session.define({{.name = "t.map",
                   .doc = "A table from names.",
                   .shape = Shape::call,
                   .fields = {item},
                   .returns = "type"},
                  [](Call& call) -> Result<Value> { return nested(types::map(held(call.args[0]))); }});
  session.define(
      {{.name = "t.enum", .doc = "One of some texts.", .items = types::string(), .returns = "type"},
       [](Call& call) -> Result<Value> {
         return type_value(types::enumeration(texts_of(Value(call.table))));
       }});
  session.define(
      {{.name = "t.record",
        .doc = "A table with these fields, each of its type.",
        .shape = Shape::call,
        .fields = {{"fields", types::map(types::of(Type::Kind::type)), "names and types", {}, Required::yes}},
        .returns = "type"},
       [](Call& call) -> Result<Value> {
         call.table = call.args[0].table_ptr();
         return record(call);
       }});
  session.define({{.name = "type:opt",
                   .doc = "The same type, but the value may be left out; the default stands for it then.",
                   .shape = Shape::call,
                   .fields = {{"default", types::any(), "of the same type"}},
                   .returns = "type"},
                  optional});
}

}  // namespace tierbuild::bindings
