#include <algorithm>
#include <nlohmann/json.hpp>

#include "bake/bake.hpp"

namespace tierbuild::bake {
namespace {

using document::Member;
using document::Node;
using Json = nlohmann::ordered_json;

// Who reads it replaces variables again.
std::string escaped(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    bool begins = (text[i] == '$' || text[i] == '%') && i + 1 < text.size() && text[i + 1] == '{';
    out.append(begins ? 2 : 1, text[i]);
  }
  return out;
}

Json json_of(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return nullptr;
    case Node::Kind::boolean:
      return node.text == "true";
    case Node::Kind::number: {
      Json number = Json::parse(node.text, nullptr, false);
      return number.is_number() ? number : Json(node.text);
    }
    case Node::Kind::text:
      return escaped(node.text);
    case Node::Kind::list: {
      Json list = Json::array();
      for (const Node& item : node.items) list.push_back(json_of(item));
      return list;
    }
    case Node::Kind::map:
      break;
  }
  Json map = Json::object();
  std::vector<const Member*> members;
  for (const Member& member : node.members) members.push_back(&member);
  std::sort(members.begin(), members.end(),
            [](const Member* a, const Member* b) { return a->name < b->name; });
  for (const Member* member : members) map[member->name] = json_of(member->value);
  return map;
}

Json json_of(const Target& target) {
  Json json = Json::object();
  for (const TargetKey& key : target_keys()) {
    const Node* value = target.attributes.find(key.name);
    bool is_empty = value == nullptr || (value->is_list() && value->items.empty()) ||
                    (value->is_map() && value->members.empty());
    if (!is_empty) json[std::string(key.name)] = json_of(*value);
    if (is_empty && key.name == "context") json["context"] = ".";
    if (is_empty && key.name == "dockerfile") json["dockerfile"] = "Dockerfile";
  }
  return json;
}

}  // namespace

std::string print(const Chosen& chosen) {
  Json groups = Json::object(), targets = Json::object();
  std::vector<const Group*> in_order;
  for (const Group& group : chosen.groups) in_order.push_back(&group);
  std::sort(in_order.begin(), in_order.end(),
            [](const Group* a, const Group* b) { return a->name < b->name; });
  for (const Group* group : in_order) {
    Json names = Json::array();
    for (const Node& name : group->targets) names.push_back(name.text);
    groups[group->name] = {{"targets", names}};
  }
  std::map<std::string, const Target*> sorted;
  for (const Target& target : chosen.targets) sorted[target.name] = &target;
  for (const auto& [name, target] : sorted) targets[name] = json_of(*target);
  Json all = {{"group", groups}, {"target", targets}};
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tierbuild::bake
