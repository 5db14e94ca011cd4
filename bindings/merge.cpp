#include "bindings/merge.hpp"

namespace tierbuild::bindings {
namespace {

bool is_map(const Table& table) {
  return table.items.empty() && !table.fields.empty();
}
bool is_list(const Table& table) {
  return table.fields.empty() && !table.items.empty();
}

Value append(const Table& below, const Table& above) {
  Table merged{below.items, {}, above.place.origin ? above.place : below.place, {}};
  for (const Table* part : {&below, &above})
    for (size_t i = 0; i < part->items.size(); ++i) merged.item_places.push_back(part->place_of_item(i));
  merged.items.insert(merged.items.end(), above.items.begin(), above.items.end());
  // `{ 'a', 'b', index = x }` is a list with options: the options merge.
  merged.fields = below.fields;
  for (const auto& [name, value] : above.fields) merged.fields[name] = without_replace(value);
  return Value(std::move(merged));
}

// One item that stands for a list of it.
bool is_single(const Value& value) {
  return value.object_ptr() != nullptr;
}
TablePtr as_list(const Value& value) {
  if (TablePtr table = value.table_ptr()) return table;
  return std::make_shared<const Table>(Table{{value}, {}, {}});
}

Value join_maps(const Table& below, const Table& above, const Type& item) {
  Table merged{{}, below.fields, above.place};
  for (const auto& [name, value] : above.fields) {
    auto old = merged.fields.find(name);
    merged.fields[name] =
        old == merged.fields.end() ? without_replace(value) : merge(old->second, value, item);
  }
  return Value(std::move(merged));
}

}  // namespace

Value without_replace(const Value& value) {
  const auto* replace = value.as<Replace>();
  return replace == nullptr ? value : replace->value;
}

Join join_of(const Value& below, const Value& above, const Type& type) {
  if (type.lone && (is_single(below) || is_single(above))) return Join::append;
  const Table *low = below.table(), *high = above.table();
  if (low == nullptr || high == nullptr) return Join::replace;
  switch (type.kind) {
    case Type::Kind::list:
      return Join::append;
    case Type::Kind::record:
      return type.appends ? Join::append : Join::replace;
    case Type::Kind::map:
      return Join::maps;
    case Type::Kind::any:
      if (is_list(*low) && is_list(*high)) return Join::append;
      return is_map(*low) && is_map(*high) ? Join::maps : Join::replace;
    case Type::Kind::either:
      for (const TypePtr& alternative : type.alternatives)
        if (alternative->kind == Type::Kind::list) return Join::append;
      return Join::replace;
    default:
      return Join::replace;
  }
}

Value merge(const Value& below_wrapped, const Value& above, const Type& type) {
  Value below = without_replace(below_wrapped);
  if (above.as<Replace>() != nullptr) return without_replace(above);
  if (above.is_nil()) return below;
  if (below.is_nil()) return above;
  static const TypePtr kAny = types::any();
  switch (join_of(below, above, type)) {
    case Join::append:
      return append(*as_list(below), *as_list(above));
    case Join::maps:
      return join_maps(*below.table(), *above.table(), type.item ? *type.item : *kAny);
    case Join::replace:
      break;
  }
  return above;
}

Table merge_fields(Table below, const Table& above, const std::vector<Field>& fields) {
  below.place = above.place;
  for (const auto& [name, high] : above.fields) {
    auto field = std::find_if(fields.begin(), fields.end(),
                              [&wanted = name](const Field& candidate) { return candidate.name == wanted; });
    if (field == fields.end() || high.is_nil()) continue;
    Value& merged = below.fields[name];
    merged = merge(merged, high, *field->type);
  }
  return below;
}

}  // namespace tierbuild::bindings
