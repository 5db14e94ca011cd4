#include "project/selector.hpp"

#include <set>

#include "project/names.hpp"

namespace tierbuild::project {
namespace {

using Chosen = std::set<size_t>;  // by index, so that the result is in declaration order

void add_dependencies(const graph::Graph& graph, Chosen& chosen) {
  std::vector<size_t> pending(chosen.begin(), chosen.end());
  while (!pending.empty()) {
    size_t index = pending.back();
    pending.pop_back();
    for (graph::TargetId need : graph[graph::TargetId(index)].needs)
      if (chosen.insert(need.index()).second) pending.push_back(need.index());
  }
}

void add_dependents(const graph::Graph& graph, Chosen& chosen) {
  for (bool grew = true; grew;) {
    grew = false;
    for (size_t index = 0; index < graph.targets().size(); ++index)
      for (graph::TargetId need : graph.targets()[index].needs)
        if (chosen.contains(need.index())) grew |= chosen.insert(index).second;
  }
}

Chosen default_choice(const Project& project, const graph::Graph& graph) {
  Chosen chosen;
  if (project.find_group("default") != nullptr) {
    for (size_t index : targets_named(project, "default")) chosen.insert(index);
    return chosen;
  }
  for (size_t index : targets_named(project, "service:*")) chosen.insert(index);
  if (chosen.empty())
    for (size_t index : targets_named(project, "tier:*")) chosen.insert(index);
  add_dependencies(graph, chosen);
  return chosen;
}

}  // namespace

Result<std::vector<graph::TargetId>> select(const Project& project, const graph::Graph& graph,
                                            const std::vector<std::string>& selectors) {
  Chosen chosen, without;
  bool any_positive = false;
  for (const std::string& text : selectors) {
    Selector selector = Selector::parse(text);
    if (!selects_something(project, text))
      return Error::make(Code::invalid, "no target '{}'{}", selector.name,
                         did_you_mean(selector.name, selectable_names(project)))
          .hint("`tierbuild graph` shows all targets");
    Chosen named;
    for (size_t index : targets_named(project, selector.name)) named.insert(index);
    if (selector.with_dependencies) add_dependencies(graph, named);
    if (selector.with_dependents) add_dependents(graph, named);
    (selector.without ? without : chosen).merge(named);
    any_positive |= !selector.without;
  }
  if (!any_positive) chosen = default_choice(project, graph);

  std::vector<graph::TargetId> targets;
  for (size_t index : chosen)
    if (!without.contains(index)) targets.emplace_back(index);
  return targets;
}

}  // namespace tierbuild::project
