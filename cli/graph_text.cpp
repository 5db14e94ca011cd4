#include "cli/graph_text.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "base/strings.hpp"
#include "image/reference.hpp"

namespace tierbuild::cli {
namespace {

using graph::TargetId;

void add_needs(const graph::Graph& graph, TargetId id, std::set<TargetId>& all) {
  if (!all.insert(id).second) return;
  for (TargetId need : graph[id].needs) add_needs(graph, need, all);
}

// The target that a target's image stands on, if it is one: the longest stack of a need below its own.
TargetId parent_of(const graph::Graph& graph, TargetId id) {
  std::set<graph::StackId> below;
  for (graph::StackId stack = graph[id].root; stack.valid(); stack = graph[stack].below) below.insert(stack);
  TargetId best;
  size_t most = 0;
  for (TargetId need : graph[id].needs) {
    size_t depth = graph.layers_of(graph[need].root).size();
    if (below.count(graph[need].root) > 0 && depth >= most) {
      best = need;
      most = depth;
    }
  }
  return best;
}

struct Tree {
  const graph::Graph& graph;
  const Terminal& terminal;
  std::map<std::string, std::vector<TargetId>> roots;  // by the name of their base
  std::map<TargetId, std::vector<TargetId>> children;
  std::string out;

  std::string name(TargetId id) const {
    const graph::Target& target = graph[id];
    std::string text =
        terminal.paint(target.kind == graph::TargetKind::tier ? Colour::bold : Colour::none, target.id());
    TargetId parent = parent_of(graph, id);
    std::vector<std::string> others;
    for (TargetId need : target.needs)
      if (need != parent) others.push_back(graph[need].id());
    if (!others.empty()) text += terminal.paint(Colour::dim, "  with " + join(others, ", "));
    return text;
  }

  void draw(const std::vector<TargetId>& targets, const std::string& indent) {
    for (size_t i = 0; i < targets.size(); ++i) {
      bool last = i + 1 == targets.size();
      out += indent + (last ? "└─ " : "├─ ") + name(targets[i]) + "\n";
      draw(children[targets[i]], indent + (last ? "   " : "│  "));
    }
  }
};

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump();
}

}  // namespace

std::vector<TargetId> with_needs(const graph::Graph& graph, const std::vector<TargetId>& targets) {
  std::set<TargetId> all;
  for (TargetId id : targets) add_needs(graph, id, all);
  return {all.begin(), all.end()};
}

std::string base_name(const graph::Graph& graph, TargetId target) {
  const auto* base = std::get_if<graph::Base>(&graph[graph.base_of(graph[target].root)].op);
  if (base == nullptr) return "?";
  switch (base->kind) {
    case graph::Base::Kind::scratch:
      return "scratch";
    case graph::Base::Kind::debian:
      return "debian " + base->suite;
    case graph::Base::Kind::layout:
      return "oci:" + base->reference;
    case graph::Base::Kind::registry:
      break;
  }
  auto reference = image::Reference::parse(base->reference);
  return reference ? reference->familiar() : base->reference;
}

std::string graph_tree(const graph::Graph& graph, const std::vector<TargetId>& targets,
                       const Terminal& terminal) {
  Tree tree{graph, terminal, {}, {}, {}};
  for (TargetId id : targets) {
    TargetId parent = parent_of(graph, id);
    if (parent.valid())
      tree.children[parent].push_back(id);
    else
      tree.roots[base_name(graph, id)].push_back(id);
  }
  for (const auto& [base, ids] : tree.roots) {
    tree.out += base + "\n";
    tree.draw(ids, "");
  }
  return tree.out;
}

std::string graph_dot(const graph::Graph& graph, const std::vector<TargetId>& targets) {
  std::string out = "digraph tierbuild {\n  rankdir=LR;\n  node [shape=box];\n";
  for (TargetId id : targets) {
    bool tier = graph[id].kind == graph::TargetKind::tier;
    out += fmt::format("  {}{};\n", quoted(graph[id].id()), tier ? " [style=bold]" : "");
    if (!parent_of(graph, id).valid()) {
      std::string base = quoted(base_name(graph, id));
      out += fmt::format("  {} [style=dashed];\n  {} -> {};\n", base, base, quoted(graph[id].id()));
    }
  }
  for (TargetId id : targets)
    for (TargetId need : graph[id].needs)
      out += fmt::format("  {} -> {};\n", quoted(graph[need].id()), quoted(graph[id].id()));
  return out + "}\n";
}

std::string graph_mermaid(const graph::Graph& graph, const std::vector<TargetId>& targets) {
  std::string out = "graph LR\n";
  for (TargetId id : targets) {
    bool tier = graph[id].kind == graph::TargetKind::tier;
    out += fmt::format("  t{}{}\"{}\"{}\n", id.index(), tier ? "[[" : "[", graph[id].id(), tier ? "]]" : "]");
  }
  for (TargetId id : targets)
    for (TargetId need : graph[id].needs) out += fmt::format("  t{} --> t{}\n", need.index(), id.index());
  return out;
}

std::string graph_json(const graph::Graph& graph, const std::vector<TargetId>& targets) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (TargetId id : targets) {
    const graph::Target& target = graph[id];
    Json needs = Json::array(), steps = Json::array();
    for (TargetId need : target.needs) needs.push_back(graph[need].id());
    for (graph::NodeId node : graph.layers_of(target.root)) steps.push_back(graph[node].label);
    list.push_back({{"name", target.id()},
                    {"kind", graph::name_of(target.kind)},
                    {"base", base_name(graph, id)},
                    {"needs", needs},
                    {"steps", steps},
                    {"where", target.where.str()}});
  }
  Json out{{"platform", graph.platform().str()}, {"targets", list}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tierbuild::cli
