#include "graph/alignment.hpp"

#include <array>
#include <set>

#include "graph/plan.hpp"
#include "graph/sequence.hpp"
#include "graph/shape.hpp"

namespace tierbuild::graph {
namespace {

std::string_view scope_of(std::string_view label) {
  return label.substr(0, label.find('/'));
}

// "tier:base/run-2" → "run"
std::string_view name_of(std::string_view label) {
  std::string_view name = label.substr(std::min(label.size(), label.find('/') + 1));
  size_t dash = name.rfind('-');
  bool numbered = dash != std::string_view::npos && dash + 1 < name.size() &&
                  name.find_first_not_of("0123456789", dash + 1) == std::string_view::npos;
  return numbered ? name.substr(0, dash) : name;
}

using Alike = bool (*)(std::string_view before, std::string_view now);

// How well two labels fit, the best first.
constexpr std::array<Alike, 4> kFits{
    [](std::string_view a, std::string_view b) { return a == b; },
    [](std::string_view a, std::string_view b) {
      return scope_of(a) == scope_of(b) && name_of(a) == name_of(b);
    },
    [](std::string_view a, std::string_view b) { return name_of(a) == name_of(b); },
    [](std::string_view a, std::string_view b) {
      return scope_of(a) == scope_of(b) && (scope_of(a) == "base" || scope_of(a) == "fetch");
    },
};

}  // namespace

std::vector<NodeId> nodes_of(const Graph& graph, TargetId target) {
  return make_plan(graph, {target}, [](NodeId) { return 0; }).order;
}

std::vector<std::optional<size_t>> align_steps(const std::vector<MadeOf>& before, const Graph& graph,
                                               TargetId target, const std::vector<NodeId>& now) {
  std::set<std::string, std::less<>> targets;
  for (const Target& declared : graph.targets()) targets.insert(declared.id());
  std::vector<MadeOf> fresh;
  for (NodeId node : now)
    fresh.push_back({graph.named(target, node).label, {}, own_fields(graph[node].op).finish().digest, {}});
  auto may_be = [&](const MadeOf& old, const MadeOf& step) {
    return scope_of(old.label) == scope_of(step.label) || !targets.contains(scope_of(old.label));
  };
  auto same = [&](const MadeOf& old, const MadeOf& step) {
    return old.shape == step.shape && may_be(old, step);
  };
  std::vector<std::optional<size_t>> matches(now.size());
  std::vector<size_t> gone, added, all_gone;
  auto match = [&](Alike fits) {
    for (size_t index : added) {
      if (matches[index]) continue;
      auto found = std::find_if(gone.begin(), gone.end(), [&](size_t old) {
        return may_be(before[old], fresh[index]) && fits(before[old].label, fresh[index].label);
      });
      if (found == gone.end()) continue;
      matches[index] = *found;
      gone.erase(found);
    }
  };
  auto close_gap = [&] {
    for (Alike fits : kFits) match(fits);
    all_gone.insert(all_gone.end(), gone.begin(), gone.end());
    gone.clear();
    added.clear();
  };
  for (const Pairing& pair : align_sequences(before, fresh, same)) {
    if (pair.before && pair.now) {
      close_gap();
      matches[*pair.now] = *pair.before;
    } else if (pair.before) {
      gone.push_back(*pair.before);
    } else {
      added.push_back(*pair.now);
    }
  }
  close_gap();
  for (size_t i = 0; i < now.size(); ++i) {
    if (matches[i]) continue;
    auto moved = std::find_if(all_gone.begin(), all_gone.end(),
                              [&](size_t old) { return same(before[old], fresh[i]); });
    if (moved == all_gone.end()) continue;
    matches[i] = *moved;
    all_gone.erase(moved);
  }
  return matches;
}

}  // namespace tierbuild::graph
