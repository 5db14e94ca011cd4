#include "graph/key.hpp"

#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::graph;

namespace {

Digest some(const std::string& text) {
  return Digest::of(text);
}

/// A graph with one run step; the key is taken with the given inputs.
Digest key_of_run(const Run& step, const NodeInputs& inputs, const image::Platform& platform = {}) {
  Graph graph(platform);
  NodeId base = graph.add(Base{}, "base", {});
  Run placed = step;
  placed.on = graph.stack({}, base);
  NodeId node = graph.add(placed, "run", {});
  return key_of(graph, node, inputs).digest;
}

Run full_run() {
  Run run;
  run.argv = {"make", "install"};
  run.env = {{"A", "1"}};
  run.cwd = "/src";
  run.user = "app";
  run.limits = {1, 2, 3, 4};
  run.out = "/out";
  return run;
}

NodeInputs full_inputs() {
  NodeInputs inputs;
  inputs.stacks = {some("root")};
  inputs.base_env = {"PATH=/bin"};
  inputs.epoch = 1;
  return inputs;
}

Mount cache(const std::string& id) {
  Mount mount;
  mount.target = "/cache";
  mount.id = id;
  return mount;
}

}  // namespace

TEST_CASE("every field of a run enters its key") {
  const Digest key = key_of_run(full_run(), full_inputs());
  std::vector<std::function<void(Run&)>> changes{[](Run& run) { run.argv[1] = "all"; },
                                                 [](Run& run) { run.argv = {"make install"}; },
                                                 [](Run& run) { run.env["A"] = "2"; },
                                                 [](Run& run) {
                                                   run.env = {{"B", "1"}};
                                                 },
                                                 [](Run& run) { run.cwd = "/"; },
                                                 [](Run& run) { run.user = ""; },
                                                 [](Run& run) { run.network = true; },
                                                 [](Run& run) { run.limits.memory = 9; },
                                                 [](Run& run) { run.limits.cpus = 9; },
                                                 [](Run& run) { run.limits.pids = 9; },
                                                 [](Run& run) { run.limits.timeout_ms = 9; },
                                                 [](Run& run) { run.out = ""; },
                                                 [](Run& run) { run.mounts = {cache("a")}; }};
  for (size_t i = 0; i < changes.size(); ++i) {
    Run changed = full_run();
    changes[i](changed);
    INFO("change " << i);
    REQUIRE(key_of_run(changed, full_inputs()) != key);
  }
  REQUIRE(key_of_run(full_run(), full_inputs()) == key);
}

TEST_CASE("every input of a run enters its key") {
  const Digest key = key_of_run(full_run(), full_inputs());
  std::vector<std::function<void(NodeInputs&)>> changes{
      [](NodeInputs& inputs) { inputs.stacks = {some("another root")}; },
      [](NodeInputs& inputs) { inputs.base_env = {"PATH=/usr/bin"}; },
      [](NodeInputs& inputs) { inputs.epoch = 2; }};
  for (const auto& change : changes) {
    NodeInputs changed = full_inputs();
    change(changed);
    REQUIRE(key_of_run(full_run(), changed) != key);
  }
  REQUIRE(key_of_run(full_run(), full_inputs(), {"linux", "arm64", ""}) != key);
}

TEST_CASE("cache mounts enter a key by what the step can see, not by identity") {
  auto key = [](const std::function<void(Mount&)>& change) {
    Run run = full_run();
    Mount mount = cache("a");
    change(mount);
    run.mounts = {mount};
    return key_of_run(run, full_inputs());
  };
  const Digest first = key([](Mount&) {});
  REQUIRE(key([](Mount& mount) { mount.id = "b"; }) == first);
  REQUIRE(key([](Mount& mount) { mount.target = "/other"; }) != first);
  REQUIRE(key([](Mount& mount) { mount.sharing = Sharing::locked; }) != first);
  REQUIRE(key([](Mount& mount) { mount.uid = 7; }) != first);
  REQUIRE(key([](Mount& mount) { mount.mode = 0700; }) != first);
}

TEST_CASE("a secret enters a key by its place and version only") {
  auto key = [](const std::string& id, const std::string& version) {
    Run run = full_run();
    Mount mount;
    mount.kind = Mount::Kind::secret;
    mount.id = id;
    mount.target = "/run/secrets/x";
    mount.version = version;
    run.mounts = {mount};
    return key_of_run(run, full_inputs());
  };
  REQUIRE(key("token", "1") == key("another", "1"));
  REQUIRE(key("token", "1") != key("token", "2"));
}

TEST_CASE("a copy's key depends on content and place, not on the platform or the workspace's place") {
  auto key = [](const std::string& root, const std::string& to, const std::string& content,
                const char* architecture) {
    Graph graph(image::Platform{"linux", architecture, ""});
    Copy copy;
    copy.items.push_back({FileSource{root, {"src"}, {}, "src", {}}, to, {}, {}});
    NodeInputs inputs;
    inputs.sources.push_back({some(content), {{"main.py", content}}, {}});
    return key_of(graph, graph.add(copy, "copy", {}), inputs).digest;
  };
  const Digest first = key("/a", "/app", "x", "amd64");
  REQUIRE(key("/b", "/app", "x", "arm64") == first);
  REQUIRE(key("/a", "/srv", "x", "amd64") != first);
  REQUIRE(key("/a", "/app", "y", "amd64") != first);
}

TEST_CASE("chain ids follow the image specification") {
  Digest a = some("a"), b = some("b");
  REQUIRE(chain_id(std::vector<Digest>{}) == Digest{});
  REQUIRE(chain_id({a}) == a);
  REQUIRE(chain_id({a, b}) == Digest::of(a.str() + " " + b.str()));
}
