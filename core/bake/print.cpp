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

// Paths below the directory are relative to it.
std::string relative(const std::string& path, const std::string& directory) {
  if (path == directory) return ".";
  return path.starts_with(directory + "/") ? path.substr(directory.size() + 1) : path;
}

/// One target as bake shows it.
class Shown {
 public:
  Shown(const Target& target, const std::string& directory, bool is_chosen)
      : attributes_(target.attributes), directory_(directory) {
    default_text("context", ".");
    default_text("dockerfile", "Dockerfile");
    if (Node* context = attributes_.find("context")) shorten(*context);
    if (Node* contexts = attributes_.find("contexts")) {
      std::erase_if(contexts->members, [](const Member& member) { return member.value.text.empty(); });
      for (Member& member : contexts->members) shorten(member.value);
    }
    if (Node* secrets = attributes_.find("secret"))
      for (Node& secret : secrets->items) show_secret(secret);
    const Node* network = attributes_.find("network");
    if (network != nullptr && network->text == "host") add("entitlements", Node::of("network.host", {}));
    if (!is_chosen && attributes_.find("output") == nullptr) {  // it is made for others only
      Node entry = Node::map({});
      entry.set("type", Node::of("cacheonly", {}));
      add("output", std::move(entry));
    }
  }

  Json json() const {
    Json json = Json::object();
    for (const TargetKey& key : target_keys()) {
      const Node* value = attributes_.find(key.name);
      bool is_empty = value == nullptr || (value->is_list() && value->items.empty()) ||
                      (value->is_map() && value->members.empty());
      if (!is_empty) json[std::string(key.name)] = json_of(*value);
    }
    return json;
  }

 private:
  void shorten(Node& node) const { node.text = relative(node.text, directory_); }

  void default_text(const char* name, const char* text) {
    const Node* found = attributes_.find(name);
    if (found == nullptr || found->text.empty()) attributes_.set(name, Node::of(text, {}));
  }

  void add(const char* name, Node item) {
    Node list = Node::list({});
    list.items.push_back(std::move(item));
    if (Node* found = attributes_.find(name))
      lay({name, Shape::any, Merging::append}, *found, std::move(list));
    else
      attributes_.set(name, std::move(list));
  }

  void show_secret(Node& secret) const {
    Node *path = secret.find("src"), *type = secret.find("type");
    if (path != nullptr && type != nullptr && type->text == "env") {
      Node variable = *path;
      secret.remove("src");
      secret.set("env", std::move(variable));
    } else if (path != nullptr) {
      shorten(*path);
    }
    secret.remove("type");
  }

  Node attributes_;
  const std::string& directory_;
};

}  // namespace

std::string print(const Chosen& chosen, const std::string& directory) {
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
  for (const auto& [name, target] : sorted) {
    bool is_chosen = std::find(chosen.names.begin(), chosen.names.end(), name) != chosen.names.end();
    targets[name] = Shown(*target, directory, is_chosen).json();
  }
  Json all = {{"group", groups}, {"target", targets}};
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tierbuild::bake
