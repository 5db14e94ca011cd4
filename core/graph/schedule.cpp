#include "graph/schedule.hpp"

#include <algorithm>
#include <queue>
#include <set>

namespace tierbuild::graph {
namespace {

constexpr size_t kNetworkPlaces = 4;

size_t index_of(Pool pool) {
  return static_cast<size_t>(pool);
}

/// One simulated build.
class Simulation {
 public:
  Simulation(const Graph& graph, const Plan& plan, unsigned jobs, const std::vector<int64_t>& cost)
      : graph_(graph), plan_(plan), cost_(cost), free_(places_for(jobs)) {
    schedule_.slots.resize(graph.nodes().size());
    waits_.resize(graph.nodes().size());
    caused_by_.resize(graph.nodes().size());
  }

  Schedule run() {
    std::vector<NodeId> roots;
    for (NodeId node : plan_.order) {
      waits_[node.index()] = graph_.inputs_of(node).size();
      if (waits_[node.index()] == 0) roots.push_back(node);
    }
    for (NodeId node : roots) ready(node, NodeId{});
    for (start(); !running_.empty(); start()) {
      auto [end, node] = running_.top();
      running_.pop();
      now_ = end;
      ++free_[index_of(pool_of(graph_[node].op))];
      freed_by_ = node;
      done(node);
    }
    for (NodeId node = last_; node.valid(); node = caused_by_[node.index()])
      schedule_.last_chain.push_back(node);
    std::reverse(schedule_.last_chain.begin(), schedule_.last_chain.end());
    schedule_.duration_ms = now_;
    return std::move(schedule_);
  }

 private:
  // All inputs are done, `cause` the last of them.
  void ready(NodeId node, NodeId cause) {
    caused_by_[node.index()] = cause;
    if (cost_[node.index()] > 0) {
      queues_[index_of(pool_of(graph_[node].op))].emplace(-plan_.priority[node.index()], node);
      return;
    }
    schedule_.slots[node.index()] = {now_, now_};
    free_steps_.push_back(node);
    if (free_steps_.size() > 1) return;  // the call that began works through them: chains may be long
    for (size_t i = 0; i < free_steps_.size(); ++i)
      reach_dependents(free_steps_[i], caused_by_[free_steps_[i].index()]);
    free_steps_.clear();
  }
  void reach_dependents(NodeId node, NodeId cause) {
    for (NodeId dependent : plan_.dependents[node.index()])
      if (--waits_[dependent.index()] == 0) ready(dependent, cause);
  }
  void done(NodeId node) {
    last_ = node;
    reach_dependents(node, node);
  }
  void start() {
    for (size_t pool = 0; pool < kPools; ++pool) {
      while (free_[pool] > 0 && !queues_[pool].empty()) {
        NodeId node = queues_[pool].begin()->second;
        queues_[pool].erase(queues_[pool].begin());
        --free_[pool];
        // A step that had to wait for a place was held up by the one that left it.
        NodeId cause = caused_by_[node.index()];
        bool waited = freed_by_.valid() && (!cause.valid() || schedule_.slots[cause.index()].end_ms < now_);
        if (waited && now_ > 0) caused_by_[node.index()] = freed_by_;
        schedule_.slots[node.index()] = {now_, now_ + cost_[node.index()]};
        running_.emplace(now_ + cost_[node.index()], node);
      }
    }
  }

  using Ending = std::pair<int64_t, NodeId>;

  const Graph& graph_;
  const Plan& plan_;
  const std::vector<int64_t>& cost_;
  std::array<size_t, kPools> free_;
  std::array<std::set<std::pair<int64_t, NodeId>>, kPools> queues_;  // (-priority, node)
  std::priority_queue<Ending, std::vector<Ending>, std::greater<>> running_;
  std::vector<size_t> waits_;
  std::vector<NodeId> caused_by_;
  std::vector<NodeId> free_steps_;
  NodeId freed_by_, last_;
  int64_t now_ = 0;
  Schedule schedule_;
};

}  // namespace

Pool pool_of(const Operation& op) {
  if (std::holds_alternative<Run>(op)) return Pool::process;
  if (std::holds_alternative<Fetch>(op)) return Pool::network;
  if (const Base* base = std::get_if<Base>(&op))
    return base->kind == Base::Kind::debian ? Pool::process : Pool::network;
  return Pool::cpu;
}

std::array<size_t, kPools> places_for(unsigned jobs) {
  return {jobs, jobs, kNetworkPlaces};
}

Schedule simulate(const Graph& graph, const Plan& plan, unsigned jobs, const std::vector<int64_t>& cost) {
  return Simulation(graph, plan, std::max(jobs, 1u), cost).run();
}

}  // namespace tierbuild::graph
