#include "project/project.hpp"

#include "image/reference.hpp"
#include "project/image_names.hpp"
#include "project/lower.hpp"
#include "project/selector.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::project;
using graph::TargetKind;

namespace {

ImagePtr named(const std::string& name) {
  auto image = std::make_shared<Image>();
  image->base = NamedBase{name};
  return image;
}

StepPtr run_step(const std::string& command) {
  auto step = std::make_shared<Step>();
  RunStep run;
  run.argv = {"sh", "-c", command};
  step->op = run;
  step->label = "run";
  return step;
}

TargetDecl declare(TargetKind kind, const std::string& name, const std::string& from) {
  TargetDecl target;
  target.kind = kind;
  target.name = name;
  target.from = named(from);
  target.where = {"Buildfile.lua", 1, 1};
  return target;
}

/// base ← python ← (web, api); worker stands on base alone.
Project example() {
  Project project;
  project.workspace.root = "/w";
  project.targets = {
      declare(TargetKind::tier, "base", "debian:12"), declare(TargetKind::tier, "python", "base"),
      declare(TargetKind::service, "web", "tier:python"), declare(TargetKind::service, "api", "python"),
      declare(TargetKind::service, "worker", "base")};
  project.targets[1].steps = {run_step("install python")};
  return project;
}

std::vector<std::string> chosen(const Project& project, const std::vector<std::string>& selectors) {
  Lowered lowered = lower(project, {});
  REQUIRE(lowered.errors.empty());
  auto targets = select(project, lowered.graph, selectors);
  REQUIRE_OK(targets);
  std::vector<std::string> names;
  for (graph::TargetId id : *targets) names.push_back(lowered.graph[id].name);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("selectors choose targets in declaration order") {
  Project project = example();
  REQUIRE(chosen(project, {}) == Names{"base", "python", "web", "api", "worker"});
  REQUIRE(chosen(project, {"web"}) == Names{"web"});
  REQUIRE(chosen(project, {"tier:*"}) == Names{"base", "python"});
  REQUIRE(chosen(project, {"+web"}) == Names{"base", "python", "web"});
  REQUIRE(chosen(project, {"python+"}) == Names{"python", "web", "api"});
  REQUIRE(chosen(project, {"service:*", "-web"}) == Names{"api", "worker"});
  REQUIRE(chosen(project, {"-web"}) == Names{"base", "python", "api", "worker"});
}

TEST_CASE("groups stand for their members, and `default` for no selector") {
  Project project = example();
  project.groups = {{"default", {"web"}, {}, {}}, {"all", {"default", "worker"}, {}, {}}};
  REQUIRE(chosen(project, {}) == Names{"web"});
  REQUIRE(chosen(project, {"all"}) == Names{"web", "worker"});
}

TEST_CASE("paths select what is declared below them") {
  Project project = example();
  project.targets[2].where.file = "services/web/Buildfile.lua";
  REQUIRE(chosen(project, {"//services/..."}) == Names{"web"});
  REQUIRE(chosen(project, {"//services/web"}) == Names{"web"});
  REQUIRE(chosen(project, {"//..."}).size() == 5);
}

TEST_CASE("a selector that names nothing is an error with a suggestion") {
  Project project = example();
  Lowered lowered = lower(project, {});
  auto wrong = select(project, lowered.graph, {"wbe"});
  REQUIRE_CODE(wrong, Code::invalid);
  REQUIRE(wrong.error().message() == "no target 'wbe' (did you mean 'web'?)");
}

TEST_CASE("targets that stand on one tier share its nodes") {
  Lowered lowered = lower(example(), {});
  REQUIRE(lowered.errors.empty());
  const graph::Graph& graph = lowered.graph;
  REQUIRE(graph.nodes().size() == 2);  // the base and one step
  REQUIRE(graph.targets()[2].root == graph.targets()[3].root);
  REQUIRE(graph.targets()[2].needs == std::vector<graph::TargetId>{graph::TargetId(1)});
}

TEST_CASE("config is inherited, annotations are not") {
  Project project = example();
  project.targets[0].config.env = {{"A", "1"}, {"B", "1"}};
  project.targets[0].config.annotations = {{"x", "y"}};
  project.targets[1].config.env = {{"B", "2"}};
  Lowered lowered = lower(project, {});
  const graph::ConfigPatch& web = lowered.graph.targets()[2].config;
  REQUIRE(web.env == std::map<std::string, std::string>{{"A", "1"}, {"B", "2"}});
  REQUIRE(web.annotations.empty());
}

TEST_CASE("a cycle between targets is named with its path") {
  Project project = example();
  project.targets[0].from = named("web");
  Lowered lowered = lower(project, {});
  REQUIRE(lowered.errors.size() == 1);
  REQUIRE(lowered.errors[0].message() ==
          "targets stand on each other in a cycle: base -> web -> python -> base");
}

TEST_CASE("a tier that does not exist is told from an image of a registry") {
  Project project = example();
  project.targets[2].from = named("pyhton");
  Lowered typo = lower(project, {});
  REQUIRE(typo.errors.size() == 1);
  REQUIRE(typo.errors[0].message() == "no tier or service 'pyhton' (did you mean 'python'?)");
  project.targets[2].from = named("tier:nothing");
  REQUIRE(lower(project, {}).errors.size() == 1);
  project.targets[2].from = named("python:3.12");
  REQUIRE(lower(project, {}).errors.empty());
}

TEST_CASE("names declared twice and cycles of tasks are found together") {
  Project project = example();
  project.targets.push_back(project.targets[0]);
  TaskDecl a, b;
  a.name = "a";
  a.needs = {"b"};
  b.name = "b";
  b.needs = {"a", "c"};
  project.tasks = {a, b};
  std::vector<Error> errors = check_project(project);
  REQUIRE(errors.size() == 3);
  REQUIRE(errors[0].message() == "target 'base' is declared twice");
  REQUIRE(errors[1].message().starts_with("no task 'c'"));
  REQUIRE(errors[2].message() == "tasks form a cycle: a -> b -> a");
}

TEST_CASE("image names come from registry, pattern and tags") {
  Project project = example();
  TargetDecl target = project.targets[2];
  REQUIRE(image_names(project, target) == Names{"web:latest"});
  RegistryDecl registry;
  registry.name = "ghcr.io/acme";
  registry.tags = {"1", "2"};
  project.registries = {registry};
  REQUIRE(image_names(project, target) == Names{"ghcr.io/acme/web:1", "ghcr.io/acme/web:2"});
  target.image = "fks:{name}-latest";
  REQUIRE(image_names(project, target) == Names{"ghcr.io/acme/fks:web-latest"});
  target.image = "team/{name}";
  target.tags = {"9", "quay.io/x/y:3"};
  REQUIRE(image_names(project, target) == Names{"ghcr.io/acme/team/web:9", "quay.io/x/y:3"});
}

TEST_CASE("the owner of a copy is found in the stack before the image is asked") {
  Project project = example();
  auto user = std::make_shared<Step>();
  user->op = UserStep{"app", 1000, {}, "", "", ""};
  user->label = "user";
  auto copy = std::make_shared<Step>();
  CopyStep files;
  files.items.push_back({TextValue{"x"}, "/x", "app", {}});
  copy->op = files;
  copy->label = "copy";
  project.targets[2].user = {user};
  project.targets[2].copy = {copy};
  Lowered lowered = lower(project, {});
  const auto& op = std::get<graph::Copy>(lowered.graph.nodes().back().op);
  REQUIRE(op.items[0].owner.uid == 1000);
  REQUIRE(op.items[0].owner.gid == 1000);
  REQUIRE_FALSE(op.names_on.valid());
}
