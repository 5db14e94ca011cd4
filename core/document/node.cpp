#include "document/node.hpp"

#include <algorithm>

namespace tierbuild::document {

Node Node::of(std::string text, Location where) {
  Node node;
  node.kind = Kind::text;
  node.text = std::move(text);
  node.where = std::move(where);
  return node;
}

Node Node::flag(bool value, Location where) {
  Node node = of(value ? "true" : "false", std::move(where));
  node.kind = Kind::boolean;
  return node;
}

Node Node::list(Location where) {
  Node node;
  node.kind = Kind::list;
  node.where = std::move(where);
  return node;
}

Node Node::map(Location where) {
  Node node;
  node.kind = Kind::map;
  node.where = std::move(where);
  return node;
}

const Node* Node::find(std::string_view name) const {
  auto found =
      std::find_if(members.begin(), members.end(), [&](const Member& member) { return member.name == name; });
  return found == members.end() ? nullptr : &found->value;
}

Node* Node::find(std::string_view name) {
  return const_cast<Node*>(std::as_const(*this).find(name));
}

Node& Node::set(std::string_view name, Node value) {
  if (Node* found = find(name)) return *found = std::move(value);
  Location place = value.where;
  return members.emplace_back(Member{std::string(name), std::move(place), std::move(value)}).value;
}

void Node::remove(std::string_view name) {
  std::erase_if(members, [&](const Member& member) { return member.name == name; });
}

bool Node::same(const Node& other) const {
  if (kind != other.kind || text != other.text || members.size() != other.members.size()) return false;
  for (const Member& member : members) {
    const Node* found = other.find(member.name);
    if (found == nullptr || !member.value.same(*found)) return false;
  }
  return std::equal(items.begin(), items.end(), other.items.begin(), other.items.end(),
                    [](const Node& a, const Node& b) { return a.same(b); });
}

std::string_view name_of(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::boolean:
      return "true or false";
    case Node::Kind::number:
      return "a number";
    case Node::Kind::text:
      return "a text";
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a map";
  }
  return "";
}

}  // namespace tierbuild::document
