#include "graph/graph.hpp"

#include <algorithm>

#include "graph/shape.hpp"

namespace tierbuild::graph {

std::string_view name_of(TargetKind kind) {
  return kind == TargetKind::tier ? "tier" : "service";
}

std::string Target::id() const {
  return fmt::format("{}:{}", name_of(kind), name);
}

void Graph::begin(image::Platform platform) {
  platforms_.push_back(std::move(platform));
}

bool is_native(const Operation& op) {
  return std::holds_alternative<Run>(op) || std::holds_alternative<Base>(op);
}

const Source* source_of(const Mount& mount) {
  bool reads = mount.kind == Mount::Kind::bind || (mount.kind == Mount::Kind::cache && mount.seeded);
  return reads ? &mount.from : nullptr;
}

bool Place::looks_at_stack() const {
  if (!link || !mode.empty()) return true;
  return std::any_of(owner.begin(), owner.end(), [](char c) { return c != ':' && (c < '0' || c > '9'); });
}

NodeId Graph::add(Operation op, std::string label, Location where, const image::Platform& platform) {
  std::string shape = shape_of(op);
  auto [first, last] = by_shape_.equal_range(shape);
  for (auto it = first; it != last; ++it) {
    Node& known = nodes_[it->second.index()];
    bool other = known.platform != platform;
    if (!(known.op == op) || (other && is_native(op))) continue;
    known.shared = known.shared || other;
    return it->second;
  }
  NodeId id(nodes_.size());
  nodes_.push_back({std::move(op), std::move(label), std::move(where), platform});
  by_shape_.emplace(std::move(shape), id);
  return id;
}

StackId Graph::stack(StackId below, NodeId top) {
  auto [it, is_new] = by_pair_.try_emplace({below, top}, StackId(stacks_.size()));
  if (is_new) stacks_.push_back({below, top});
  return it->second;
}

TargetId Graph::add(Target target) {
  target.platform = platforms_.back();
  targets_.push_back(std::move(target));
  return TargetId(targets_.size() - 1);
}

std::string Graph::title(NodeId id) const {
  const Node& node = (*this)[id];
  return platforms_.size() == 1 || node.shared ? node.label
                                               : fmt::format("{} ({})", node.label, node.platform.str());
}

std::string Graph::title(TargetId id) const {
  const Target& target = (*this)[id];
  return platforms_.size() == 1 ? target.id() : fmt::format("{} ({})", target.id(), target.platform.str());
}

std::vector<NodeId> Graph::layers_of(StackId id) const {
  std::vector<NodeId> nodes;
  for (; id.valid(); id = (*this)[id].below) nodes.push_back((*this)[id].top);
  std::reverse(nodes.begin(), nodes.end());
  return nodes;
}

NodeId Graph::base_of(StackId id) const {
  while ((*this)[id].below.valid()) id = (*this)[id].below;
  return (*this)[id].top;
}

std::vector<const Source*> Graph::sources_of(NodeId id) const {
  std::vector<const Source*> sources;
  const Operation& op = (*this)[id].op;
  if (const Run* run = std::get_if<Run>(&op)) {
    for (const Mount& mount : run->mounts)
      if (const Source* source = source_of(mount)) sources.push_back(source);
  } else if (const Copy* copy = std::get_if<Copy>(&op)) {
    for (const CopyItem& item : copy->items) sources.push_back(&item.source);
  } else if (const Place* place = std::get_if<Place>(&op)) {
    for (const PlaceItem& item : place->items) sources.push_back(&item.source);
  }
  return sources;
}

std::vector<StackId> Graph::stacks_of(NodeId id) const {
  std::vector<StackId> stacks;
  const Operation& op = (*this)[id].op;
  auto add = [&](StackId stack) {
    if (stack.valid()) stacks.push_back(stack);
  };
  if (const Run* run = std::get_if<Run>(&op)) add(run->on);
  if (const Copy* copy = std::get_if<Copy>(&op)) add(copy->names_on);
  if (const AddUser* user = std::get_if<AddUser>(&op)) add(user->on);
  if (const Place* place = std::get_if<Place>(&op); place != nullptr && place->looks_at_stack())
    add(place->on);
  if (const MakeDirectory* directory = std::get_if<MakeDirectory>(&op)) add(directory->on);
  if (const Subtree* tree = std::get_if<Subtree>(&op)) add(tree->of);
  if (const Difference* difference = std::get_if<Difference>(&op)) {
    add(difference->of);
    add(difference->base);
  }
  for (const Source* source : sources_of(id))
    if (const StackSource* from = std::get_if<StackSource>(source)) add(from->stack);
  return stacks;
}

OwnStep Graph::named(TargetId target, NodeId id) const {
  std::vector<TargetId> pending{target};
  for (size_t i = 0; i < pending.size(); ++i) {
    const Target& at = (*this)[pending[i]];
    auto own =
        std::find_if(at.own.begin(), at.own.end(), [&](const OwnStep& step) { return step.node == id; });
    if (own != at.own.end()) return *own;
    for (TargetId need : at.needs)
      if (std::find(pending.begin(), pending.end(), need) == pending.end()) pending.push_back(need);
  }
  return {id, (*this)[id].label, (*this)[id].where};
}

std::vector<NodeId> Graph::inputs_of(NodeId id) const {
  std::vector<NodeId> inputs;
  auto add = [&](NodeId input) {
    if (std::find(inputs.begin(), inputs.end(), input) == inputs.end()) inputs.push_back(input);
  };
  for (StackId stack : stacks_of(id))
    for (NodeId node : layers_of(stack)) add(node);
  for (const Source* source : sources_of(id))
    if (const FetchSource* from = std::get_if<FetchSource>(source)) add(from->node);
  return inputs;
}

}  // namespace tierbuild::graph
