#include "graph/plan.hpp"

#include <algorithm>

namespace tierbuild::graph {

Plan make_plan(const Graph& graph, const std::vector<TargetId>& targets,
               const std::function<int64_t(NodeId)>& duration) {
  const size_t count = graph.nodes().size();
  Plan plan;
  plan.dependents.resize(count);
  plan.priority.assign(count, 0);
  plan.needed.assign(count, false);

  // Depth first with an explicit stack: a chain of any length is fine. A node is placed after its inputs.
  enum class Mark : uint8_t { unseen, open, placed };
  std::vector<Mark> marks(count, Mark::unseen);
  std::vector<NodeId> pending;
  for (TargetId target : targets) {
    std::vector<NodeId> layers = graph.layers_of(graph[target].root);
    pending.insert(pending.end(), layers.rbegin(), layers.rend());
    if (graph[target].check.valid()) pending.push_back(graph[target].check);
    while (!pending.empty()) {
      NodeId node = pending.back();
      Mark& mark = marks[node.index()];
      if (mark == Mark::placed) {
        pending.pop_back();
      } else if (mark == Mark::open) {
        pending.pop_back();
        mark = Mark::placed;
        plan.order.push_back(node);
      } else {
        mark = Mark::open;
        plan.needed[node.index()] = true;
        for (NodeId input : graph.inputs_of(node))
          if (marks[input.index()] == Mark::unseen) pending.push_back(input);
      }
    }
  }

  for (NodeId node : plan.order)
    for (NodeId input : graph.inputs_of(node)) plan.dependents[input.index()].push_back(node);
  for (auto it = plan.order.rbegin(); it != plan.order.rend(); ++it) {
    int64_t longest = 0;
    for (NodeId dependent : plan.dependents[it->index()])
      longest = std::max(longest, plan.priority[dependent.index()]);
    plan.priority[it->index()] = longest + duration(*it);
  }
  return plan;
}

std::vector<NodeId> critical_path(const Graph& graph, const Plan& plan) {
  std::vector<NodeId> path;
  auto longest = [&](const std::vector<NodeId>& nodes) {
    return *std::max_element(nodes.begin(), nodes.end(), [&](NodeId a, NodeId b) {
      return plan.priority[a.index()] < plan.priority[b.index()];
    });
  };
  std::vector<NodeId> roots;
  for (NodeId node : plan.order)
    if (graph.inputs_of(node).empty()) roots.push_back(node);
  for (std::vector<NodeId> next = roots; !next.empty(); next = plan.dependents[path.back().index()])
    path.push_back(longest(next));
  return path;
}

}  // namespace tierbuild::graph
