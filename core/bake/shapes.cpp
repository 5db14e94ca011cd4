// Values in the form of their keys, and laid above each other.
#include <algorithm>
#include <set>

#include "bake/keys.hpp"
#include "base/strings.hpp"
#include "dockerfile/mount.hpp"

namespace tierbuild::bake {
namespace {

using document::Member;
using document::Node;

Error wants(const Node& node, const TargetKey& key, std::string_view what) {
  return Error::make(Code::invalid, "'{}' takes {}, not {}", key.name, what, name_of(node.kind))
      .at(node.where);
}

Status one_text(const TargetKey& key, Node& value) {
  if (!value.is_scalar()) return wants(value, key, "a text");
  value.kind = Node::Kind::text;
  return {};
}

Result<Node> entry_of_text(const TargetKey& key, const Node& value) {
  auto fields = dockerfile::comma_fields(value.text);
  if (!fields) return std::move(fields).error().at(value.where);
  Node entry = Node::map(value.where);
  auto set = [&](std::string_view name, std::string text) {
    entry.set(name, Node::of(std::move(text), value.where));
  };
  if (key.name == "ssh") {  // default, or id=path,path
    size_t equals = value.text.find('=');
    set("id", value.text.substr(0, equals));
    if (equals != std::string::npos) {
      Node paths = Node::list(value.where);
      std::string rest = value.text.substr(equals + 1);
      for (std::string_view path : split(rest, ','))
        paths.items.push_back(Node::of(std::string(path), value.where));
      entry.set("paths", std::move(paths));
    }
    return entry;
  }
  bool has_fields = value.text.find('=') != std::string::npos;
  if (!has_fields && key.name.starts_with("cache-")) {
    set("type", "registry");
    set("ref", value.text);
  } else if (!has_fields && key.name == "output") {
    set("type", value.text == "-" ? "tar" : "local");
    set("dest", value.text);
  } else {
    for (const std::string& field : *fields) {
      size_t equals = field.find('=');
      if (equals == std::string::npos)
        return Error::make(Code::invalid, "'{}' takes key=value,…: '{}' is none", key.name, printable(field))
            .at(value.where);
      set(lower(trim(std::string_view(field).substr(0, equals))), field.substr(equals + 1));
    }
  }
  if (key.name == "secret")
    for (auto [other, name] : {std::pair{"source", "src"}, {"filepath", "src"}})
      if (const Node* found = entry.find(other)) {
        Node path = *found;
        entry.remove(other);
        entry.set(name, std::move(path));
      }
  return entry;
}

Status entry(const TargetKey& key, Node& value) {
  if (value.is_scalar()) {
    TB_LET(value, entry_of_text(key, value));
    return {};
  }
  if (!value.is_map()) return wants(value, key, "key=value,… or maps");
  std::erase_if(value.members, [](const Member& member) { return member.value.is_null(); });
  for (Member& member : value.members) {
    bool is_paths = key.name == "ssh" && member.name == "paths" && member.value.is_list();
    if (!member.value.is_scalar() && !is_paths) return wants(member.value, key, "texts");
    for (Node& path : member.value.items) TB_TRY(one_text(key, path));
  }
  return {};
}

}  // namespace

Result<Node> shaped(const TargetKey& key, Node value) {
  switch (key.shape) {
    case Shape::any:
      break;
    case Shape::text:
      TB_TRY(one_text(key, value));
      break;
    case Shape::flag:
      if (value.text != "true" && value.text != "false") return wants(value, key, "true or false");
      value.kind = Node::Kind::boolean;
      break;
    case Shape::texts:
      if (!value.is_list()) return wants(value, key, "a list of texts");
      std::erase_if(value.items, [](const Node& item) { return item.is_null(); });
      for (Node& item : value.items) TB_TRY(one_text(key, item));
      break;
    case Shape::entries:
      if (!value.is_list()) return wants(value, key, "a list");
      std::erase_if(value.items, [](const Node& item) {
        return item.is_null() || (item.is_scalar() && item.text.empty());
      });
      for (Node& item : value.items) TB_TRY(entry(key, item));
      break;
    case Shape::map:
      if (!value.is_map()) return wants(value, key, "a map");
      std::erase_if(value.members, [](const Member& member) { return member.value.is_null(); });
      for (Member& member : value.members) TB_TRY(one_text(key, member.value));
  }
  return value;
}

void lay(const TargetKey& key, Node& base, Node over) {
  if (key.merging == Merging::by_name && base.is_map()) {
    for (Member& member : over.members) base.set(member.name, std::move(member.value));
  } else if (key.merging == Merging::append && base.is_list()) {
    for (Node& item : over.items) {
      if (key.name == "attest")  // one of each type
        std::erase_if(base.items, [&](const Node& other) {
          const Node *a = other.find("type"), *b = item.find("type");
          return a != nullptr && b != nullptr && a->text == b->text;
        });
      bool known = std::any_of(base.items.begin(), base.items.end(),
                               [&](const Node& other) { return other.same(item); });
      if (!known) base.items.push_back(std::move(item));
    }
  } else {
    base = std::move(over);
  }
}

}  // namespace tierbuild::bake
