#include <algorithm>

#include "compose/model.hpp"

namespace tierbuild::compose {
namespace {

using document::Node;

// What is new has nothing to take away from.
void drop_resets(Node& node) {
  std::erase_if(node.members, [](const document::Member& member) { return member.value.tag == "!reset"; });
  std::erase_if(node.items, [](const Node& item) { return item.tag == "!reset"; });
  for (document::Member& member : node.members) drop_resets(member.value);
  for (Node& item : node.items) drop_resets(item);
}

}  // namespace

Status merge(Node& base, Node over) {
  if (over.is_null()) return {};
  if (over.tag == "!override" || base.is_null() || (base.is_scalar() && over.is_scalar())) {
    drop_resets(over);
    base = std::move(over);
    return {};
  }
  if (base.is_list() && over.is_list()) {
    drop_resets(over);
    for (Node& item : over.items) {
      bool known = std::any_of(base.items.begin(), base.items.end(),
                               [&](const Node& other) { return other.same(item); });
      if (!known) base.items.push_back(std::move(item));
    }
    return {};
  }
  if (!base.is_map() || !over.is_map()) {
    bool is_limit = !base.is_list() && !over.is_list();  // `nofile: 5` above `nofile: { soft: 1 }`
    if (!is_limit)
      return Error::make(Code::invalid, "{} cannot be laid above {}", name_of(over.kind), name_of(base.kind))
          .at(over.where)
          .hint(fmt::format("that stands in {}; `!override` replaces it", base.where.str()));
    base = std::move(over);
    return {};
  }
  for (document::Member& member : over.members) {
    if (member.value.tag == "!reset") {
      base.remove(member.name);
    } else if (Node* found = base.find(member.name)) {
      TB_TRY(merge(*found, std::move(member.value)));
    } else {
      drop_resets(member.value);
      base.members.push_back(std::move(member));
    }
  }
  return {};
}

}  // namespace tierbuild::compose
