#include "changes/compare.hpp"

#include "changes/keys.hpp"
#include "graph/difference.hpp"

namespace tierbuild::changes {
namespace {

using graph::Graph;
using graph::NodeId;
using graph::StackId;
using graph::Target;
using graph::TargetId;

/// Both sides of one comparison.
class Comparison {
 public:
  Comparison(const GraphSide& before, const GraphSide& now, Contents& contents)
      : before_(before),
        now_(now),
        old_keys_(before.graph, Side::before, contents),
        new_keys_(now.graph, Side::now, contents) {}

  Result<std::vector<TargetChange>> run() {
    std::map<std::string, TargetId> old;
    for (size_t i = 0; i < before_.graph.targets().size(); ++i)
      old.emplace(before_.graph.targets()[i].id(), TargetId(i));
    std::vector<TargetChange> changes;
    for (size_t i = 0; i < now_.graph.targets().size(); ++i) {
      TargetId id(i);
      const Target& target = now_.graph[id];
      auto known = old.find(target.id());
      if (known == old.end()) {
        changes.push_back({target.id(), Kind::added, "declared at " + target.where.str()});
        continue;
      }
      TB_LET(std::optional<TargetChange> change, compare(known->second, id));
      if (change) changes.push_back(std::move(*change));
      old.erase(known);
    }
    for (const Target& target : before_.graph.targets())
      if (old.contains(target.id()))
        changes.push_back({target.id(), Kind::deleted, "it was declared at " + target.where.str()});
    return changes;
  }

 private:
  Result<std::optional<TargetChange>> compare(TargetId before, TargetId now) {
    const Target& was = before_.graph[before];
    const Target& is = now_.graph[now];
    target_ = is.id();
    TB_LET(Digest old_chain, old_keys_.of(was.root));
    TB_LET(Digest new_chain, new_keys_.of(is.root));
    if (old_chain != new_chain) {
      TB_LET(std::string reason, why(was.root, is.root));
      return std::optional(TargetChange{is.id(), Kind::changed, std::move(reason)});
    }
    TB_LET(std::string check, why_checked(was.check, is.check));
    if (!check.empty()) return std::optional(TargetChange{is.id(), Kind::changed, std::move(check)});
    Key old_image = graph::image_key(before_.graph, before, old_chain, {}, {}, before_.compression);
    Key new_image = graph::image_key(now_.graph, now, new_chain, {}, {}, now_.compression);
    if (old_image.digest == new_image.digest) return std::optional<TargetChange>();
    std::string reason = graph::text_of(graph::differences(old_image.fields, new_image.fields));
    return std::optional(TargetChange{is.id(), Kind::config, std::move(reason)});
  }

  Result<std::string> why_checked(NodeId was, NodeId is) {
    if (!was.valid() && !is.valid()) return std::string();
    if (!was.valid()) return std::string("check is new");
    if (!is.valid()) return std::string("check is gone");
    TB_LET(const Key* old_key, old_keys_.of(was));
    TB_LET(const Key* new_key, new_keys_.of(is));
    if (old_key->digest == new_key->digest) return std::string();
    return why(was, is);
  }

  /// The first difference of two piles of layers.
  Result<std::string> why(StackId was, StackId is) {
    std::vector<NodeId> old = before_.graph.layers_of(was), layers = now_.graph.layers_of(is);
    size_t at = 0;
    for (; at < old.size() && at < layers.size(); ++at) {
      TB_LET(const Key* old_key, old_keys_.of(old[at]));
      TB_LET(const Key* new_key, new_keys_.of(layers[at]));
      if (old_key->digest != new_key->digest) break;
    }
    // A step with a name that only one side has was put in or taken out.
    if (at < layers.size() && !has_label(before_.graph, old, now_.graph[layers[at]].label))
      return shown(now_.graph[layers[at]].label) + " is new";
    if (at < old.size() && !has_label(now_.graph, layers, before_.graph[old[at]].label))
      return shown(before_.graph[old[at]].label) + " is gone";
    if (at == old.size() || at == layers.size()) return std::string("the order of its layers changed");
    return why(old[at], layers[at]);
  }

  Result<std::string> why(NodeId was, NodeId is) {
    TB_LET(const Key* old_key, old_keys_.of(was));
    TB_LET(const Key* new_key, new_keys_.of(is));
    std::vector<graph::Change> changes = graph::differences(old_key->fields, new_key->fields);
    std::string label = shown(now_.graph[is].label);
    if (changes.empty()) return label + " changed";
    auto is_below = [](const graph::Change& change) {
      return change.subject == graph::Change::Subject::image;
    };
    if (!is_below(changes.front())) {
      std::erase_if(changes, is_below);
      return fmt::format("{}: {}", label, graph::text_of(changes));
    }
    // What it stands on, copies from or fetches has changed: for which reason?
    std::vector<StackId> old = before_.graph.stacks_of(was), stacks = now_.graph.stacks_of(is);
    for (size_t i = 0; i < std::min(old.size(), stacks.size()); ++i) {
      TB_LET(Digest old_stack, old_keys_.of(old[i]));
      TB_LET(Digest new_stack, new_keys_.of(stacks[i]));
      if (old_stack != new_stack) return why(old[i], stacks[i]);
    }
    std::vector<NodeId> old_inputs = before_.graph.inputs_of(was), inputs = now_.graph.inputs_of(is);
    for (size_t i = 0; i < std::min(old_inputs.size(), inputs.size()); ++i) {
      TB_LET(const Key* old_input, old_keys_.of(old_inputs[i]));
      TB_LET(const Key* input, new_keys_.of(inputs[i]));
      if (old_input->digest != input->digest) return why(old_inputs[i], inputs[i]);
    }
    return label + ": copied files are placed elsewhere";
  }

  static bool has_label(const Graph& graph, const std::vector<NodeId>& nodes, const std::string& label) {
    return std::any_of(nodes.begin(), nodes.end(), [&](NodeId node) { return graph[node].label == label; });
  }

  // The target's own steps by their names alone.
  std::string shown(const std::string& label) const {
    return label.starts_with(target_ + "/") ? label.substr(target_.size() + 1) : label;
  }

  const GraphSide& before_;
  const GraphSide& now_;
  Keys old_keys_, new_keys_;
  std::string target_;  // the one that is compared
};

}  // namespace

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::added:
      return "new";
    case Kind::deleted:
      return "deleted";
    case Kind::changed:
      return "changed";
    case Kind::config:
      return "config";
  }
  return "changed";
}

Result<std::vector<TargetChange>> compare(const git::Repository& repository, const git::ObjectId& tree,
                                          const GraphSide& before, const GraphSide& now) {
  std::vector<TargetSources> sources;  // of what is there on both sides: nothing else is compared
  std::map<std::string, const Target*> old;
  for (const Target& target : before.graph.targets()) old.emplace(target.id(), &target);
  for (const Target& target : now.graph.targets())
    if (auto known = old.find(target.id()); known != old.end())
      sources.push_back(
          {sources_of(before.graph, *known->second, before.root), sources_of(now.graph, target, now.root)});
  TB_LET(Contents contents, Contents::compare({repository, tree, before.root, now.root}, sources));
  return Comparison(before, now, contents).run();
}

}  // namespace tierbuild::changes
