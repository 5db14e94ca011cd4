#include "build/recipe.hpp"

#include "hash/key_hasher.hpp"

namespace tierbuild::build {

using graph::NodeId;

Result<Recipes> Recipes::make(const WorkContext& context, const Keying& keying, const graph::Plan& plan,
                              std::stop_token stop) {
  const graph::Graph& graph = context.graph;
  const auto pins = context.options.pull ? Keying::Pins::refresh : Keying::Pins::fetch_unknown;
  Recipes recipes;
  recipes.nodes_.resize(graph.nodes().size());
  for (NodeId node : plan.order) {
    if (std::holds_alternative<graph::Base>(graph[node].op)) {
      TB_LET(Key key, keying.key(node, pins, Keying::Fields::brief, stop));
      recipes.nodes_[node.index()] = key.digest;
      continue;
    }
    graph::NodeInputs inputs;
    inputs.epoch = context.options.epoch;
    for (graph::StackId stack : graph.stacks_of(node)) inputs.stacks.push_back(recipes.stack(graph, stack));
    for (const graph::Source* source : graph.sources_of(node)) {
      graph::SourceContent content;
      if (const auto* files = std::get_if<graph::FileSource>(source)) {
        TB_LET(content.digest, context.sources.digest(*files));
      } else if (const auto* fetch = std::get_if<graph::FetchSource>(source)) {
        content.digest = recipes.of(fetch->node);
      }
      inputs.sources.push_back(std::move(content));
    }
    recipes.nodes_[node.index()] = graph::key_of(graph, node, inputs).digest;
  }
  return recipes;
}

Digest Recipes::stack(const graph::Graph& graph, graph::StackId stack) const {
  std::vector<Digest> nodes;
  for (NodeId node : graph.layers_of(stack)) nodes.push_back(of(node));
  return graph::chain_id(nodes);
}

Digest Recipes::of(const graph::Graph& graph, graph::TargetId id) const {
  const graph::Target& target = graph[id];
  KeyHasher hasher("image recipe", 1);
  hasher.add("platform", target.platform.str()).add("stack", stack(graph, target.root));
  if (target.check.valid()) hasher.add("check", of(target.check));
  return hasher.finish().digest;
}

Digest Recipes::of(const graph::Graph& graph, const std::vector<graph::TargetId>& targets) const {
  KeyHasher hasher("build recipe", 1);
  for (graph::TargetId target : targets) hasher.add(graph[target].id(), of(graph, target));
  return hasher.finish().digest;
}

Result<std::vector<Digest>> content_keys(const BuildContext& world, const BuildOptions& options,
                                         unsigned jobs, const graph::Graph& graph,
                                         const std::vector<graph::TargetId>& targets, std::stop_token stop) {
  Outputs outputs(graph);
  Sources sources(world.fingerprints, world.store, std::max(jobs, 1u));
  WorkContext context{graph, outputs, sources, world, options, jobs, "", ""};
  Keying keying(context);
  graph::Plan plan = graph::make_plan(graph, targets, [](NodeId) { return 0; });
  TB_LET(Recipes recipes, Recipes::make(context, keying, plan, stop));
  std::vector<Digest> keys;
  for (graph::TargetId target : targets) {
    Key image = graph::image_key(graph, target, {}, {}, {}, options.form());
    KeyHasher hasher("content", 1);
    hasher.add("recipe", recipes.of(graph, target)).add("image", image.digest);
    keys.push_back(hasher.finish().digest);
  }
  return keys;
}

}  // namespace tierbuild::build
