// A YAML text as tests look at it: what is missing is empty, and has nothing in it.
#pragma once

#include "base/strings.hpp"
#include "document/node.hpp"
#include "support/catch.hpp"

namespace tierbuild::test {

class Yaml {
 public:
  static Yaml load(const std::string& text) {
    auto documents = document::read_yaml(text, "test");
    REQUIRE_OK(documents);
    REQUIRE(documents->size() == 1);
    return Yaml(std::make_shared<const document::Node>(std::move(documents->front())));
  }

  explicit operator bool() const { return node_ != nullptr; }
  bool is_map() const { return node_ && node_->is_map(); }
  bool is_list() const { return node_ && node_->is_list(); }
  bool is_scalar() const { return node_ && node_->is_scalar(); }
  size_t size() const { return node_ ? node_->items.size() + node_->members.size() : 0; }

  Yaml operator[](std::string_view name) const {
    const document::Node* found = node_ ? node_->find(name) : nullptr;
    return found == nullptr ? Yaml() : Yaml({node_, found});
  }
  Yaml operator[](const char* name) const { return (*this)[std::string_view(name)]; }
  Yaml operator[](int index) const {
    auto at = static_cast<size_t>(index);
    return node_ && at < node_->items.size() ? Yaml({node_, &node_->items[at]}) : Yaml();
  }

  std::string text() const {
    REQUIRE(is_scalar());
    return node_->text;
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> out;
    for (const Yaml& item : items()) out.push_back(item.text());
    return out;
  }
  std::vector<Yaml> items() const {
    std::vector<Yaml> out;
    if (node_)
      for (const document::Node& item : node_->items) out.push_back(Yaml({node_, &item}));
    return out;
  }
  std::set<std::string> keys() const {
    std::set<std::string> names;
    if (node_)
      for (const document::Member& member : node_->members) names.insert(member.name);
    return names;
  }

 private:
  Yaml() = default;
  explicit Yaml(std::shared_ptr<const document::Node> node) : node_(std::move(node)) {}

  std::shared_ptr<const document::Node> node_;  // shares the document
};

}  // namespace tierbuild::test
