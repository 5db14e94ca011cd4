// Node: a value of a YAML or JSON document, and where it stands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::document {

struct Member;

struct Node {
  enum class Kind : uint8_t { null, boolean, number, text, list, map };
  Kind kind = Kind::null;
  std::string text;             // of a scalar: what it reads, `0x1f` and `True` too
  std::string tag;              // a YAML tag of the application: `!reset`
  std::vector<Node> items;      // of a list
  std::vector<Member> members;  // of a map, in the order of the document; no name twice
  Location where;

  static Node of(std::string text, Location where);
  static Node flag(bool value, Location where);
  static Node list(Location where);
  static Node map(Location where);

  bool is_null() const { return kind == Kind::null; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  /// A text, number or boolean.
  bool is_scalar() const { return !is_null() && !is_list() && !is_map(); }

  /// The value of a map's member, or null.
  const Node* find(std::string_view name) const;
  Node* find(std::string_view name);
  /// Replaces the member or adds it at the end.
  Node& set(std::string_view name, Node value);
  void remove(std::string_view name);
  /// The same value, wherever it stands.
  bool same(const Node& other) const;
};

struct Member {
  std::string name;
  Location where;
  Node value;
};

/// `a text`, `a map`, …: what a node is, for messages.
std::string_view name_of(Node::Kind kind);

/// What no document may exceed; aliases count as often as they are used.
constexpr size_t kMostBytes = 8 << 20;
constexpr size_t kMostNodes = 200'000;
constexpr size_t kDeepest = 64;

/// All documents of a YAML text, aliases and merge keys (`<<`) carried out, plain scalars by the core schema.
/// Fails with `invalid` and the place.
Result<std::vector<Node>> read_yaml(std::string_view text, const std::string& file);
/// A JSON text. Fails with `invalid` and the place.
Result<Node> read_json(std::string_view text, const std::string& file);

}  // namespace tierbuild::document
