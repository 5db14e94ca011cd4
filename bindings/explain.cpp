// The merge of a target's tables once more, remembering where each value was written.
#include "bindings/explain.hpp"

#include "bindings/merge.hpp"
#include "bindings/session.hpp"
#include "bindings/written.hpp"

namespace tierbuild::bindings {
namespace {

/// Where the values of one table come from.
struct Layer {
  TablePtr table;
  std::string through;
  Location used;
};

Location place_of(Session& session, const Place& place) {
  return place.origin ? session.settled(session.runtime().sources().locate(*place.origin, place.path))
                      : Location{};
}

/// The settings of one field while tables are laid on each other.
class FieldTrace {
 public:
  FieldTrace(Session& session, const Field& field) : session_(session), field_(field) {}

  void lay(const Layer& layer) {
    const Value& above = (*layer.table)[field_.name];
    if (above.is_nil()) return;
    layer_ = &layer;
    Place place = layer.table->place.at(field_.name);
    Value below = without_replace(merged_), value = without_replace(above);
    bool replaced = above.as<Replace>() != nullptr;
    switch (replaced ? Join::replace : join_of(below, value, *field_.type)) {
      case Join::append:
        append(value, place);
        break;
      case Join::maps:
        for (const auto& [name, item] : value.table()->fields) put(name, item, place.at(name));
        break;
      case Join::replace:
        replace(value, place, replaced && !settings_.empty() ? How::replaced : How::over);
        break;
    }
    merged_ = merge(merged_, above, *field_.type);
  }

  std::vector<Setting> take() {
    std::vector<Setting> out;
    for (auto& [key, setting] : settings_) out.push_back(std::move(setting));
    return out;
  }

 private:
  using Entry = std::pair<std::string, Setting>;  // the name in a map or option of a list; empty for items

  Setting setting(const std::string& name, const Value& value, const Place& place, How how) {
    return {name.empty() ? field_.name : field_.name + "." + name,
            written(value),
            place_of(session_, place),
            layer_->through,
            layer_->used,
            how,
            {}};
  }

  void append(const Value& list, const Place& place) {
    How how = settings_.empty() ? How::set : How::appended;
    const Table* table = list.table();
    if (table == nullptr) {  // one item that stands for a list of it
      settings_.emplace_back("", setting("", list, place, how));
      return;
    }
    int number = 0;
    for (const Value& item : table->items)
      settings_.emplace_back("", setting("", item, place.at(++number), how));
    for (const auto& [name, option] : table->fields) put(name, option, place.at(name));
  }

  // One name of a map.
  void put(const std::string& name, const Value& item, const Place& place) {
    auto old = std::find_if(settings_.begin(), settings_.end(),
                            [&](const Entry& entry) { return entry.first == name; });
    Value value = without_replace(item);
    if (old == settings_.end()) {
      settings_.emplace_back(name, setting(name, value, place, How::set));
      return;
    }
    Setting above = setting(name, value, place, How::over);
    above.instead_of = std::move(old->second.instead_of);
    old->second.instead_of.clear();
    above.instead_of.insert(above.instead_of.begin(), std::move(old->second));
    old->second = std::move(above);
  }

  void replace(const Value& value, const Place& place, How how) {
    std::vector<Setting> gone;
    for (auto& [name, old] : settings_) {
      std::vector<Setting> deeper = std::exchange(old.instead_of, {});
      gone.push_back(std::move(old));
      std::move(deeper.begin(), deeper.end(), std::back_inserter(gone));
    }
    settings_.clear();
    const Table* table = value.table();
    Type::Kind kind = field_.type->kind;
    bool is_map = kind == Type::Kind::map;
    bool is_list = kind == Type::Kind::list || (kind == Type::Kind::record && field_.type->appends);
    if (table != nullptr && !table->empty() && is_map)
      for (const auto& [name, item] : table->fields) put(name, item, place.at(name));
    else if (table != nullptr && !table->empty() && is_list)
      append(value, place);
    else
      settings_.emplace_back("", setting("", value, place, How::set));
    if (gone.empty()) return;
    for (auto& [name, made] : settings_) made.how = how;
    settings_.front().second.instead_of = std::move(gone);
  }

  Session& session_;
  const Field& field_;
  const Layer* layer_ = nullptr;
  Value merged_;
  std::vector<Entry> settings_;
};

std::vector<Layer> layers_of(Session& session, const PendingTarget& target,
                             const std::vector<TablePtr>& defaults) {
  std::vector<Layer> layers;
  for (const TablePtr& table : defaults) layers.push_back({table, "defaults", {}});
  for (size_t i = 0; i < target.bodies.size(); ++i) {
    bool own = i + 1 == target.bodies.size();
    Layer layer{target.bodies[i], {}, {}};
    if (!own) {
      layer.through = fmt::format("rule '{}'", target.origin->callee);
      layer.used = session.settled(target.origin->where);
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

}  // namespace

Explanation explain(Session& session, const PendingTarget& target, const std::vector<TablePtr>& defaults) {
  Explanation out{target.kind + ":" + target.name, {}};
  std::vector<Layer> layers = layers_of(session, target, defaults);
  for (const Field& field : target_fields()) {
    FieldTrace trace(session, field);
    for (const Layer& layer : layers) trace.lay(layer);
    for (Setting& setting : trace.take()) out.settings.push_back(std::move(setting));
  }
  return out;
}

std::vector<Setting> explain_workspace(Session& session, const std::string& field) {
  const Table& settings = session.settings();
  const Value& value = settings[field];
  std::vector<Setting> out;
  auto add = [&](const std::string& name, const Value& item, const Place& place) {
    if (place.origin) out.push_back({name, written(item), place_of(session, place), "workspace", {}, {}, {}});
  };
  Place place = settings.place.at(field);
  if (value.table() == nullptr || value.table()->fields.empty()) {
    if (!value.is_nil()) add("workspace." + field, value, place);
  } else {
    for (const auto& [name, item] : value.table()->fields)
      add(fmt::format("workspace.{}.{}", field, name), item, place.at(name));
  }
  return out;
}

}  // namespace tierbuild::bindings
