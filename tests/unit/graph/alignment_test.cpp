#include "graph/alignment.hpp"

#include "graph/schedule.hpp"
#include "graph/shape.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::graph;

namespace {

/// A stack of commands; a step is "label=command", or "label" with its label as the command.
struct Steps {
  Graph graph{image::Platform{}};
  StackId stack = graph.stack({}, graph.add(Base{}, "base/scratch", {}));
  std::vector<NodeId> nodes{graph.base_of(stack)};

  explicit Steps(const std::vector<std::string>& steps) {
    for (const std::string& step : steps) {
      size_t equal = step.find('=');
      Run run;
      run.on = stack;
      run.argv = {step.substr(equal == std::string::npos ? 0 : equal + 1)};
      nodes.push_back(graph.add(run, step.substr(0, equal), {}));
      stack = graph.stack(stack, nodes.back());
    }
  }
  std::vector<MadeOf> made_of() const {
    std::vector<MadeOf> out;
    for (NodeId node : nodes)
      out.push_back({graph[node].label, Digest::of("key"), own_fields(graph[node].op).finish().digest, {}});
    return out;
  }
};

using Labels = std::vector<std::string>;
/// The label that each step had before, "" for a new one; without the base.
Labels matched(const Steps& before, Steps now, const std::string& target = "") {
  TargetId self = now.graph.add(Target{});
  if (!target.empty()) {
    Target declared;
    declared.name = target;
    now.graph.add(declared);
  }
  std::vector<MadeOf> old = before.made_of();
  Labels out;
  for (std::optional<size_t> match : align_steps(old, now.graph, self, now.nodes))
    out.push_back(match ? old[*match].label : "");
  REQUIRE(out.front() == "base/scratch");
  out.erase(out.begin());
  return out;
}

}  // namespace

TEST_CASE("a step that is put before others moves no match") {
  Steps before({"service:a/run=one", "service:a/run-2=two"});
  REQUIRE(matched(before, Steps({"service:a/run=new", "service:a/run-2=one", "service:a/run-3=two"})) ==
          Labels{"", "service:a/run", "service:a/run-2"});
  REQUIRE(matched(before, Steps({"service:a/run=one", "service:a/run-2=new", "service:a/run-3=two"})) ==
          Labels{"service:a/run", "", "service:a/run-2"});
}

TEST_CASE("a step that changed is matched by its label between those that did not") {
  Steps before({"service:a/run=one", "service:a/sh=two", "service:a/run-2=three"});
  REQUIRE(matched(before, Steps({"service:a/run=one", "service:a/sh=TWO", "service:a/run-2=three"})) ==
          Labels{"service:a/run", "service:a/sh", "service:a/run-2"});
  REQUIRE(matched(before, Steps({"service:a/run=ONE", "service:a/run-2=three"})) ==
          Labels{"service:a/run", "service:a/run-2"});
}

TEST_CASE("steps of a renamed target are found, those of one that is still there are not taken") {
  Steps before({"service:old/run=one", "service:old/sh=two"});
  REQUIRE(matched(before, Steps({"service:new/run=one", "service:new/sh=TWO"})) ==
          Labels{"service:old/run", "service:old/sh"});
  REQUIRE(matched(before, Steps({"service:new/run=one"}), "old") == Labels{""});
}

TEST_CASE("a step that was moved is found by its fields") {
  Steps before({"service:a/x=one", "service:a/y=two", "service:a/z=three"});
  REQUIRE(matched(before, Steps({"service:a/z=three", "service:a/x=one", "service:a/y=two"})) ==
          Labels{"service:a/z", "service:a/x", "service:a/y"});
}

namespace {

Schedule simulated(const Steps& steps, const std::vector<StackId>& roots, unsigned jobs,
                   std::vector<int64_t> cost) {
  Graph graph = steps.graph;
  std::vector<TargetId> targets;
  for (StackId root : roots) {
    Target target;
    target.root = root;
    targets.push_back(graph.add(target));
  }
  cost.resize(graph.nodes().size());
  Plan plan = make_plan(graph, targets, [&](NodeId node) { return cost[node.index()]; });
  return simulate(graph, plan, jobs, cost);
}

}  // namespace

TEST_CASE("a chain takes the sum of its steps, whatever the number of jobs") {
  Steps steps({"a", "b", "c"});
  Schedule schedule = simulated(steps, {steps.stack}, 4, {0, 10, 20, 30});
  REQUIRE(schedule.duration_ms == 60);
  REQUIRE(schedule.last_chain == std::vector<NodeId>{steps.nodes[1], steps.nodes[2], steps.nodes[3]});
  REQUIRE(schedule.slots[steps.nodes[3].index()].start_ms == 30);
  REQUIRE(simulated(steps, {steps.stack}, 4, {0, 10, 0, 30}).duration_ms == 40);
  REQUIRE(simulated(steps, {steps.stack}, 1, {}).duration_ms == 0);
}

TEST_CASE("steps beside each other share the places") {
  Steps steps({});
  std::vector<StackId> roots;
  std::vector<int64_t> cost{0};
  for (int64_t ms : {30, 20, 10}) {
    Run run;
    run.on = steps.stack;
    run.argv = {std::to_string(ms)};
    roots.push_back(steps.graph.stack(steps.stack, steps.graph.add(run, "step", {})));
    cost.push_back(ms);
  }
  REQUIRE(simulated(steps, roots, 3, cost).duration_ms == 30);
  Schedule two = simulated(steps, roots, 2, cost);
  REQUIRE(two.duration_ms == 30);  // 30 beside 20 and then 10
  Schedule one = simulated(steps, roots, 1, cost);
  REQUIRE(one.duration_ms == 60);
  REQUIRE(one.last_chain.size() == 3);  // each waited for the place of the one before it
}
