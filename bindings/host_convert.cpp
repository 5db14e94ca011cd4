#include "bindings/host_convert.hpp"

#include "bindings/make_values.hpp"

namespace tierbuild::bindings {
namespace {

TypePtr to_type(FieldType type) {
  switch (type) {
    case FieldType::any:
      return types::any();
    case FieldType::string:
      return types::string();
    case FieldType::boolean:
      return types::boolean();
    case FieldType::integer:
      return types::integer();
    case FieldType::number:
      return types::number();
    case FieldType::port:
      return types::of(Type::Kind::port);
    case FieldType::path:
      return types::of(Type::Kind::path);
    case FieldType::duration:
      return types::duration();
    case FieldType::bytes:
      return types::bytes();
    case FieldType::strings:
      return types::list(types::string());
    case FieldType::texts:
      return types::map(types::string());
    case FieldType::target:
      return types::of(Type::Kind::target);
  }
  return types::any();
}

Result<HostValue> to_host(const Value& value) {
  if (value.is_nil()) return HostValue();
  if (const bool* boolean = value.boolean()) return HostValue(*boolean);
  if (const double* number = value.number()) return HostValue(*number);
  if (const std::string* text = value.string()) return HostValue(*text);
  if (const auto* handle = value.as<Handle>()) return HostValue(handle->id());
  const Table* table = value.table();
  if (table == nullptr)
    return fault(Fault::wrong_type, "{} cannot be handed to a program's own primitive", describe(value));
  if (!table->items.empty() && !table->fields.empty())
    return fault(Fault::wrong_type, "a table here has either names or a list of values, found both");
  if (!table->fields.empty()) {
    HostValue::Map map;
    for (const auto& [name, item] : table->fields) {
      TB_LET(map[name], to_host(item));
    }
    return HostValue(std::move(map));
  }
  HostValue::List list;
  for (const Value& item : table->items) {
    TB_LET(HostValue made, to_host(item));
    list.push_back(std::move(made));
  }
  return HostValue(std::move(list));
}

Value from_host(const HostValue& value) {
  if (const bool* boolean = value.boolean()) return Value(*boolean);
  if (const double* number = value.number()) return Value(*number);
  if (const std::string* text = value.string()) return Value(*text);
  Table table;
  if (const HostValue::List* list = value.list()) {
    for (const HostValue& item : *list)
      if (!item.is_nil()) table.items.push_back(from_host(item));
    return Value(std::move(table));
  }
  if (const HostValue::Map* map = value.map()) {
    for (const auto& [name, item] : *map)
      if (!item.is_nil()) table.fields.emplace(name, from_host(item));
    return Value(std::move(table));
  }
  return Value();
}

Result<Value> invoke(const std::function<Answer(const Invocation&)>& function, Call& call) {
  Invocation invocation;
  invocation.name = call.name;
  Location where = call.session.settled(call.session.runtime().sources().locate(*call.origin, {}));
  invocation.place = {where.file, where.line, where.column};
  for (size_t i = 0; i < call.table->items.size(); ++i) {
    Result<HostValue> item = to_host(call.table->items[i]);
    if (!item) return call.session.at(std::move(item).error(), call.table->place.at(static_cast<int>(i + 1)));
    invocation.items.push_back(std::move(*item));
  }
  for (const auto& [name, field] : call.table->fields) {
    Result<HostValue> value = to_host(field);
    if (!value) return call.session.at(std::move(value).error(), call.table->place.at(name));
    invocation.fields[name] = std::move(*value);
  }
  Answer answer = Refusal{};
  try {
    answer = function(invocation);
  } catch (const std::exception& error) {
    answer = Refusal{error.what(), {}};
  }
  if (const auto* value = std::get_if<HostValue>(&answer)) return from_host(*value);
  const Refusal& refusal = std::get<Refusal>(answer);
  Error error = fault(Fault::bad_value, "{}: {}", call.subject(), refusal.message);
  return refusal.hint.empty() ? std::move(error) : std::move(error).hint(refusal.hint);
}

}  // namespace

Primitive to_primitive(const HostPrimitive& primitive) {
  Schema schema;
  schema.name = primitive.name;
  schema.doc = primitive.doc;
  schema.shape = primitive.form == Form::named ? Shape::curried : Shape::table;
  schema.items = primitive.takes_items ? to_type(primitive.items) : nullptr;
  schema.returns = "any";
  for (const HostField& field : primitive.fields)
    schema.fields.push_back(
        {field.name, to_type(field.type), field.doc, {}, field.required ? Required::yes : Required::no});
  return {std::move(schema), [function = primitive.call](Call& call) { return invoke(function, call); }};
}

}  // namespace tierbuild::bindings
