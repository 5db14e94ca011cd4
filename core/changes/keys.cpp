#include "changes/keys.hpp"

namespace tierbuild::changes {

using graph::Base;
using graph::NodeId;
using graph::StackId;

graph::FileSource source_of(const Base& base, const std::string& root) {
  graph::FileSource source;
  source.root = root;
  source.strip = std::filesystem::path(base.reference).lexically_relative(root).string();
  source.include = {source.strip};
  return source;
}

std::vector<graph::FileSource> sources_of(const graph::Graph& graph, const graph::Target& target,
                                          const std::string& root) {
  std::vector<graph::FileSource> all;
  std::vector<NodeId> pending = graph.layers_of(target.root);
  if (target.check.valid()) pending.push_back(target.check);
  std::vector<bool> seen(graph.nodes().size());
  while (!pending.empty()) {
    NodeId node = pending.back();
    pending.pop_back();
    if (seen[node.index()]) continue;
    seen[node.index()] = true;
    for (NodeId input : graph.inputs_of(node)) pending.push_back(input);
    for (const graph::Source* source : graph.sources_of(node))
      if (const auto* files = std::get_if<graph::FileSource>(source)) all.push_back(*files);
    const auto* base = std::get_if<Base>(&graph[node].op);
    if (base != nullptr && base->kind == Base::Kind::layout) all.push_back(source_of(*base, root));
  }
  return all;
}

Result<const Key*> Keys::of(NodeId node) {
  if (auto known = nodes_.find(node); known != nodes_.end()) return &known->second;
  TB_LET(Key key, make(node));
  return &(nodes_[node] = std::move(key));
}

Result<Digest> Keys::of(StackId stack) {
  if (!stack.valid()) return Digest();
  if (auto known = stacks_.find(stack); known != stacks_.end()) return known->second;
  // From the base up, so that a stack of any height needs no deep recursion.
  std::vector<StackId> pile;
  for (StackId at = stack; at.valid() && !stacks_.contains(at); at = graph_[at].below) pile.push_back(at);
  for (auto at = pile.rbegin(); at != pile.rend(); ++at) {
    const graph::Stack& one = graph_[*at];
    Digest below = one.below.valid() ? stacks_[one.below] : Digest();
    TB_LET(const Key* top, of(one.top));
    stacks_[*at] = graph::chain_id(below, top->digest);
  }
  return stacks_[stack];
}

Result<Key> Keys::make(NodeId node) {
  graph::NodeInputs inputs;
  for (StackId stack : graph_.stacks_of(node)) {
    TB_LET(Digest digest, of(stack));
    inputs.stacks.push_back(digest);
  }
  for (const graph::Source* source : graph_.sources_of(node)) {
    graph::SourceContent content;
    if (const auto* files = std::get_if<graph::FileSource>(source)) {
      TB_LET(content, contents_.of(side_, *files));
    } else if (const auto* fetch = std::get_if<graph::FetchSource>(source)) {
      TB_LET(const Key* key, of(fetch->node));
      content.digest = key->digest;
    }
    inputs.sources.push_back(std::move(content));
  }
  const auto* base = std::get_if<Base>(&graph_[node].op);
  if (base != nullptr && base->kind == Base::Kind::layout) {
    graph::FileSource source = source_of(*base, contents_.root(side_));
    TB_LET(graph::SourceContent content, contents_.of(side_, source));
    inputs.pin = content.digest.str();
  }
  return graph::key_of(graph_, node, inputs);
}

}  // namespace tierbuild::changes
