#include "graph/graph.hpp"

#include "graph/plan.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::graph;

namespace {

Base registry_base(const std::string& reference) {
  Base base;
  base.kind = Base::Kind::registry;
  base.reference = reference;
  return base;
}

Run run(StackId on, const std::string& command) {
  Run op;
  op.on = on;
  op.argv = {"sh", "-c", command};
  return op;
}

/// base ← install ← (web, api), and a stage that nothing uses.
struct Example {
  Graph graph{image::Platform{}};
  NodeId base = graph.add(registry_base("docker.io/library/debian:12"), "base", {});
  StackId on_base = graph.stack({}, base);
  NodeId install = graph.add(run(on_base, "install"), "tier:t/run", {});
  StackId tier = graph.stack(on_base, install);
  NodeId unused = graph.add(run(on_base, "unused"), "unused", {});
  NodeId web = graph.add(run(tier, "web"), "service:web/run", {});
  NodeId api = graph.add(run(tier, "api"), "service:api/run", {});

  TargetId target(const std::string& name, StackId root) {
    Target target;
    target.name = name;
    target.root = root;
    return graph.add(std::move(target));
  }
  TargetId web_target = target("web", graph.stack(tier, web));
  TargetId api_target = target("api", graph.stack(tier, api));
};

}  // namespace

TEST_CASE("equal operations are one node, different ones are not") {
  Example x;
  REQUIRE(x.graph.add(run(x.on_base, "install"), "another", {}) == x.install);
  REQUIRE(x.graph.add(run(x.on_base, "install -v"), "another", {}) != x.install);
  REQUIRE(x.graph.add(run(x.tier, "install"), "same command, other ground", {}) != x.install);
  REQUIRE(x.graph[x.install].label == "tier:t/run");
}

TEST_CASE("a stack lists its layers from the bottom") {
  Example x;
  REQUIRE(x.graph.layers_of(x.graph[x.web_target].root) == std::vector<NodeId>{x.base, x.install, x.web});
  REQUIRE(x.graph.base_of(x.tier) == x.base);
  REQUIRE(x.graph.inputs_of(x.web) == std::vector<NodeId>{x.base, x.install});
}

TEST_CASE("a plan holds what the targets need, inputs first, and nothing else") {
  Example x;
  Plan plan = make_plan(x.graph, {x.web_target, x.api_target}, [](NodeId) { return 10; });
  REQUIRE(plan.order == std::vector<NodeId>{x.base, x.install, x.web, x.api});
  REQUIRE_FALSE(plan.needed[x.unused.index()]);
  REQUIRE(plan.dependents[x.install.index()] == std::vector<NodeId>{x.web, x.api});
}

TEST_CASE("the longest path has the highest priority") {
  Example x;
  Plan plan =
      make_plan(x.graph, {x.web_target, x.api_target}, [&](NodeId node) { return node == x.api ? 500 : 10; });
  REQUIRE(plan.priority[x.api.index()] == 500);
  REQUIRE(plan.priority[x.install.index()] == 510);
  REQUIRE(plan.priority[x.base.index()] == 520);
  REQUIRE(critical_path(x.graph, plan) == std::vector<NodeId>{x.base, x.install, x.api});
}

TEST_CASE("a chain of 2,000 steps is planned without recursion") {
  Graph graph{image::Platform{}};
  StackId stack = graph.stack({}, graph.add(Base{}, "scratch", {}));
  for (int i = 0; i < 2000; ++i) {
    Copy copy;
    copy.items.push_back({TextSource{std::to_string(i)}, "/x", {}, {}});
    stack = graph.stack(stack, graph.add(std::move(copy), "copy", {}));
  }
  Target target;
  target.root = stack;
  TargetId id = graph.add(std::move(target));
  REQUIRE(make_plan(graph, {id}, [](NodeId) { return 1; }).order.size() == 2001);
}

TEST_CASE("a graph for several platforms shares what is the same for them") {
  Graph graph{*image::Platform::parse("linux/amd64")};
  auto lower = [&] {
    StackId base = graph.stack({}, graph.add(registry_base("docker.io/library/debian:12"), "base", {}));
    NodeId command = graph.add(run(base, "install"), "tier:t/run", {});
    Copy copy;
    copy.items.push_back({TextSource{"text"}, "/x", {}, {}});
    NodeId files = graph.add(std::move(copy), "tier:t/copy", {});
    Target target;
    target.name = "t";
    target.kind = TargetKind::tier;
    target.root = graph.stack(graph.stack(base, command), files);
    return std::tuple{command, files, graph.add(std::move(target))};
  };
  auto [run_amd64, copy_amd64, amd64] = lower();
  CHECK(graph.title(run_amd64) == "tier:t/run");
  CHECK(graph.title(amd64) == "tier:t");
  graph.begin(*image::Platform::parse("linux/arm64"));
  auto [run_arm64, copy_arm64, arm64] = lower();

  CHECK(run_amd64 != run_arm64);
  CHECK(copy_amd64 == copy_arm64);
  CHECK(graph[copy_amd64].shared);
  CHECK_FALSE(graph[run_amd64].shared);
  CHECK(graph[run_arm64].platform.architecture == "arm64");
  CHECK(graph[amd64].platform.architecture == "amd64");
  CHECK(graph[arm64].platform.architecture == "arm64");
  CHECK(graph.platform().architecture == "amd64");
  CHECK(graph.title(run_arm64) == "tier:t/run (linux/arm64)");
  CHECK(graph.title(copy_arm64) == "tier:t/copy");
  CHECK(graph.title(arm64) == "tier:t (linux/arm64)");
  CHECK(make_plan(graph, {amd64, arm64}, [](NodeId) { return 1; }).order.size() == 5);
}
