#include "graph/key.hpp"

#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::graph;

namespace {

Digest key_with(const std::function<void(ConfigPatch&)>& change, const std::string& chain = "layers",
                const std::string& base = "base", const std::string& compression = "gzip",
                const image::Platform& platform = {}) {
  Graph graph(platform);
  Target target;
  change(target.config);
  TargetId id = graph.add(std::move(target));
  return image_key(graph, id, Digest::of(chain), {}, Digest::of(base), compression).digest;
}

void unchanged(ConfigPatch&) {}

}  // namespace

TEST_CASE("an image's key has its layers, the config of its base, its compression and its platform") {
  std::set<Digest> keys{key_with(unchanged), key_with(unchanged, "other layers"),
                        key_with(unchanged, "layers", "other base"),
                        key_with(unchanged, "layers", "base", "zstd"),
                        key_with(unchanged, "layers", "base", "gzip", {"linux", "riscv64", ""})};
  REQUIRE(keys.size() == 5);
  REQUIRE(keys.contains(key_with(unchanged)));
}

TEST_CASE("every field of the config is part of an image's key") {
  image::Healthcheck check;
  check.test = {"CMD", "true"};
  image::Healthcheck often = check;
  often.interval_ns = 1'000'000'000;
  const std::vector<std::function<void(ConfigPatch&)>> changes{
      unchanged,
      [](ConfigPatch& c) {
        c.env = {{"A", "1"}};
      },
      [](ConfigPatch& c) {
        c.env = {{"A", "2"}};
      },
      [](ConfigPatch& c) { c.path_prepend = {"/opt/bin"}; },
      [](ConfigPatch& c) { c.user = "app"; },
      [](ConfigPatch& c) { c.workdir = "/app"; },
      [](ConfigPatch& c) { c.stop_signal = "SIGINT"; },
      [](ConfigPatch& c) { c.entrypoint = std::vector<std::string>{}; },
      [](ConfigPatch& c) { c.entrypoint = std::vector<std::string>{"serve"}; },
      [](ConfigPatch& c) { c.cmd = std::vector<std::string>{"serve"}; },
      [](ConfigPatch& c) { c.exposed = {"80/tcp"}; },
      [](ConfigPatch& c) { c.volumes = {"/data"}; },
      [](ConfigPatch& c) {
        c.labels = {{"A", "1"}};
      },
      [](ConfigPatch& c) {
        c.annotations = {{"A", "1"}};
      },
      [&](ConfigPatch& c) { c.healthcheck = check; },
      [&](ConfigPatch& c) { c.healthcheck = often; },
  };
  std::set<Digest> keys;
  for (const auto& change : changes) keys.insert(key_with(change));
  REQUIRE(keys.size() == changes.size());
}

TEST_CASE("a node's inputs are the stacks and fetches that its operation names") {
  Graph graph{image::Platform{}};
  NodeId scratch = graph.add(Base{}, "scratch", {});
  StackId ground = graph.stack({}, scratch);
  NodeId fetch = graph.add(Fetch{"https://a.example/x", std::string(64, 'a'), false, 0}, "fetch", {});
  Copy names;
  names.items.push_back({FetchSource{fetch}, "/x", {}, {}});
  names.names_on = ground;
  NodeId copy = graph.add(names, "copy", {});
  StackId copied = graph.stack(ground, copy);
  REQUIRE(graph.inputs_of(copy) == std::vector<NodeId>{scratch, fetch});

  AddUser user;
  user.on = copied;
  user.name = "app";
  REQUIRE(graph.inputs_of(graph.add(user, "user", {})) == std::vector<NodeId>{scratch, copy});
  REQUIRE(graph.stacks_of(graph.add(Subtree{copied, "/x", "/y"}, "tree", {})) ==
          std::vector<StackId>{copied});
  NodeId difference = graph.add(Difference{copied, ground}, "diff", {});
  REQUIRE(graph.stacks_of(difference) == std::vector<StackId>{copied, ground});

  Run run;
  run.on = ground;
  Mount bind;
  bind.kind = Mount::Kind::bind;
  bind.from = StackSource{copied, "/x"};
  run.mounts = {bind, Mount{}};
  NodeId step = graph.add(run, "run", {});
  REQUIRE(graph.sources_of(step).size() == 1);
  REQUIRE(graph.inputs_of(step) == std::vector<NodeId>{scratch, copy});

  Target target;
  target.kind = TargetKind::tier;
  target.name = "base";
  REQUIRE(target.id() == "tier:base");
}
