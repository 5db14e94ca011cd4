// Generated files are read back with a YAML parser and held against the formats' own rules.
#include "export/export.hpp"

#include <yaml-cpp/yaml.h>

#include <set>

#include "export/yaml_text.hpp"
#include "graph/stamp.hpp"
#include "project/lower.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::exports;
using project::Triggers;

namespace {

project::TargetDecl target(graph::TargetKind kind, const std::string& name, const std::string& from) {
  project::TargetDecl decl;
  decl.kind = kind;
  decl.name = name;
  auto image = std::make_shared<project::Image>();
  image->base = project::NamedBase{from};
  decl.from = image;
  return decl;
}

project::Project shop() {
  project::Project project;
  project.workspace = {"shop", "/repo", {}};
  project.file = "/repo/Buildfile.lua";
  project.targets = {target(graph::TargetKind::tier, "base", "debian:12"),
                     target(graph::TargetKind::service, "api", "base"),
                     target(graph::TargetKind::service, "web", "base")};
  return project;
}

ExportDecl decl(ExportFormat format) {
  ExportDecl made;
  made.format = format;
  made.path = "/repo/" + usual_path(format);
  made.where = {"Buildfile.lua", 9, 1};
  return made;
}

Result<std::string> made(const project::Project& project, const ExportDecl& decl) {
  auto lowered = project::lower(project, {"linux", "amd64", ""});
  REQUIRE(lowered.errors.empty());
  return generate({project, lowered.graph, decl, "tierbuild export"});
}

YAML::Node read(const project::Project& project, const ExportDecl& decl) {
  auto text = made(project, decl);
  REQUIRE(text);
  INFO(*text);
  REQUIRE(is_generated(*text));
  REQUIRE(*text == *made(project, decl));
  return YAML::Load(*text);
}

std::set<std::string> keys(const YAML::Node& map) {
  std::set<std::string> names;
  for (const auto& pair : map) names.insert(pair.first.as<std::string>());
  return names;
}

void only(const YAML::Node& map, const std::set<std::string>& allowed) {
  REQUIRE(map.IsMap());
  for (const std::string& key : keys(map)) {
    INFO(key);
    CHECK(allowed.contains(key));
  }
}

// What GitHub's schema of workflows allows of the keys that are used here.
void check_workflow(const YAML::Node& root) {
  only(root, {"name", "on", "permissions", "concurrency", "defaults", "env", "jobs"});
  only(root["on"], {"push", "pull_request", "schedule", "workflow_dispatch"});
  for (const auto& line : root["on"]["schedule"]) CHECK(keys(line) == std::set<std::string>{"cron"});
  REQUIRE(root["jobs"].size() > 0);
  for (const auto& pair : root["jobs"]) {
    const YAML::Node& job = pair.second;
    only(job, {"needs", "if", "runs-on", "container", "env", "steps"});
    CHECK(job["runs-on"].IsScalar());
    only(job["container"], {"image", "options", "volumes"});
    if (job["needs"]) CHECK(root["jobs"][job["needs"].as<std::string>()]);
    REQUIRE(job["steps"].IsSequence());
    for (const auto& step : job["steps"]) {
      only(step, {"name", "uses", "with", "run", "env", "if", "working-directory"});
      CHECK(step["uses"].IsDefined() != step["run"].IsDefined());
      if (step["with"]) CHECK(step["uses"]);
    }
  }
}

std::string script_of(const YAML::Node& job, const std::string& name) {
  for (const auto& step : job["steps"])
    if (step["name"] && step["name"].as<std::string>() == name) return step["run"].as<std::string>();
  return {};
}
YAML::Node step_of(const YAML::Node& job, const std::string& name) {
  for (const auto& step : job["steps"])
    if (step["name"] && step["name"].as<std::string>() == name) return step;
  return YAML::Node(YAML::NodeType::Undefined);
}

}  // namespace

TEST_CASE("scalars are read back as the text they were") {
  for (const char* text : {"plain",
                           "on",
                           "yes",
                           "No",
                           "null",
                           "~",
                           "",
                           "12",
                           "1.5",
                           "0755",
                           "8000:8000",
                           "22:22",
                           "a: b",
                           "a #b",
                           "it's",
                           "- x",
                           "tier:*",
                           "*x",
                           "&x",
                           "!x",
                           "%x",
                           "@x",
                           "`x`",
                           "{a}",
                           "[a]",
                           ".5",
                           ".inf",
                           "0x10",
                           "1e3",
                           "=",
                           "<<",
                           "a:",
                           " a",
                           "a ",
                           "two\nlines",
                           "tab\there",
                           "\"quoted\"",
                           "back\\slash",
                           "${{ github.ref == 'refs/heads/main' }}",
                           "é",
                           "2024-01-01",
                           "?",
                           "|",
                           ">"}) {
    INFO(text);
    YAML::Node node = YAML::Load("k: " + yaml_scalar(text));
    CHECK(node["k"].as<std::string>() == text);
    YamlText list;
    list.list("k", {text, "b"});
    CHECK(YAML::Load(list.text())["k"][0].as<std::string>() == text);
  }
  // A reader of YAML 1.1 would take these for something else.
  for (const char* text : {"on", "yes", "off", "22:22", "0755", "1_000"}) CHECK(yaml_scalar(text)[0] == '\'');
  CHECK(yaml_scalar("${{ inputs.x }}") == "${{ inputs.x }}");
}

TEST_CASE("blocks keep their lines") {
  YamlText yaml;
  yaml.map("steps", [&] {
    yaml.item([&] {
      yaml.entry("run", "a\n\n  b: c\n# d\n");
      yaml.flag("x", true);
    });
    yaml.script_item("one\ntwo\n");
    yaml.script_item("one\n");
  });
  YAML::Node steps = YAML::Load(yaml.text())["steps"];
  REQUIRE(steps.size() == 3);
  CHECK(steps[0]["run"].as<std::string>() == "a\n\n  b: c\n# d\n");
  CHECK(steps[0]["x"].as<bool>());
  CHECK(steps[1].as<std::string>() == "one\ntwo\n");
  CHECK(steps[2].as<std::string>() == "one");
}

TEST_CASE("a workflow builds tiers before services") {
  project::Project project = shop();
  YAML::Node root = read(project, decl(ExportFormat::github));
  check_workflow(root);
  CHECK(keys(root["jobs"]) == std::set<std::string>{"tiers", "services"});
  CHECK(root["jobs"]["services"]["needs"].as<std::string>() == "tiers");
  CHECK(script_of(root["jobs"]["tiers"], "Build") == "./tierbuild build $PULL 'tier:*'");
  CHECK(script_of(root["jobs"]["services"], "Build") == "./tierbuild build $PULL 'service:*'");
  CHECK(!step_of(root["jobs"]["services"], "Push"));
  CHECK(root["on"]["push"]["branches"][0].as<std::string>() == "main");
  CHECK(root["on"]["pull_request"].IsMap());
  CHECK(root["on"]["workflow_dispatch"].IsMap());
  CHECK(root["permissions"].size() == 1);
}

TEST_CASE("a selection of one kind is one job, as it was declared") {
  project::Project project = shop();
  ExportDecl declared = decl(ExportFormat::github);
  declared.build = {"tier:b*"};
  YAML::Node root = read(project, declared);
  CHECK(keys(root["jobs"]) == std::set<std::string>{"tiers"});
  CHECK(script_of(root["jobs"]["tiers"], "Build") == "./tierbuild build $PULL 'tier:b*'");
  declared.build = {"service:*", "-web"};
  root = read(project, declared);
  CHECK(script_of(root["jobs"]["services"], "Build") == "./tierbuild build $PULL service:api");
  declared.build = {"nope"};
  auto failed = made(project, declared);
  REQUIRE(!failed);
  CHECK(failed.error().where().line == 9);
}

TEST_CASE("plan = 'changed' compares with the commit before") {
  project::Project project = shop();
  ExportDecl declared = decl(ExportFormat::github);
  declared.changed = true;
  YAML::Node job = read(project, declared)["jobs"]["services"];
  CHECK(script_of(job, "Build") == "./tierbuild build $PULL ${SINCE:+--since \"$SINCE\"} 'service:*'");
  CHECK(step_of(job, "Find the commit to compare with")["env"]["BEFORE"]);
  bool whole_history = false;
  for (const auto& step : job["steps"])
    if (step["with"] && step["with"]["fetch-depth"])
      whole_history = step["with"]["fetch-depth"].as<int>() == 0;
  CHECK(whole_history);
}

TEST_CASE("pushes log in to each registry and leave pull requests out") {
  project::Project project = shop();
  project.registries.resize(3);
  project.registries[0].name = "ghcr.io/acme";
  project.registries[1].name = "docker.io/acme";
  project.registries[1].auth = "env:DOCKER_TOKEN";
  project.registries[2].name = "harbor.example.org:5000/x";
  ExportDecl declared = decl(ExportFormat::github);
  declared.push = true;
  YAML::Node root = read(project, declared);
  check_workflow(root);
  CHECK(root["permissions"]["packages"].as<std::string>() == "write");
  YAML::Node job = root["jobs"]["tiers"];
  YAML::Node env = step_of(job, "Log in to the registries")["env"];
  CHECK(env["GHCR_IO_LOGIN"].as<std::string>() == "${{ github.actor }}:${{ secrets.GITHUB_TOKEN }}");
  CHECK(env["HARBOR_EXAMPLE_ORG_5000_LOGIN"].as<std::string>() ==
        "${{ secrets.HARBOR_EXAMPLE_ORG_5000_LOGIN }}");
  CHECK(!env["DOCKER_TOKEN"]);
  CHECK(step_of(job, "Push")["env"]["DOCKER_TOKEN"].as<std::string>() == "${{ secrets.DOCKER_TOKEN }}");
  CHECK(step_of(job, "Push")["if"].as<std::string>() == "${{ github.event_name != 'pull_request' }}");
  declared.push_branches = {"main", "release"};
  job = read(project, declared)["jobs"]["tiers"];
  CHECK(step_of(job, "Push")["if"].as<std::string>() ==
        "${{ github.ref == 'refs/heads/main' || github.ref == 'refs/heads/release' }}");
}

TEST_CASE("triggers and inputs of a workflow") {
  project::Project project = shop();
  ExportDecl declared = decl(ExportFormat::github);
  Triggers on;
  on.schedule = {"0 6 * * 0"};
  on.dispatch = true;
  on.inputs = {{"service", true}};
  declared.on = on;
  YAML::Node root = read(project, declared);
  check_workflow(root);
  CHECK(keys(root["on"]) == std::set<std::string>{"schedule", "workflow_dispatch"});
  YAML::Node input = root["on"]["workflow_dispatch"]["inputs"]["service"];
  CHECK(input["options"].as<std::vector<std::string>>() == std::vector<std::string>{"all", "api", "web"});
  CHECK(root["jobs"]["tiers"]["if"]);
  CHECK(root["jobs"]["services"]["if"].as<std::string>() == "${{ !failure() && !cancelled() }}");
  CHECK(script_of(root["jobs"]["services"], "Build") ==
        "set -- 'service:*'\ncase $ONLY in '' | all) ;; *) set -- \"service:$ONLY\" ;; esac\n"
        "./tierbuild build $PULL \"$@\"\n");
  CHECK(step_of(root["jobs"]["services"], "Build")["env"]["PULL"]);

  declared.build = {"tier:*"};
  CHECK(!made(project, declared));  // no service is selected that the input could narrow
}

TEST_CASE("a Buildfile below the root of its repository") {
  project::Project project = shop();
  project.file = "/repo/docker/Buildfile.lua";
  YAML::Node root = read(project, decl(ExportFormat::github));
  CHECK(root["defaults"]["run"]["working-directory"].as<std::string>() == "docker");
  project.file = "/elsewhere/Buildfile.lua";
  CHECK(!made(project, decl(ExportFormat::github)));
}

TEST_CASE("a GitLab pipeline has the same jobs") {
  project::Project project = shop();
  project.registries.resize(1);
  project.registries[0].name = "registry.gitlab.com/acme";
  ExportDecl declared = decl(ExportFormat::gitlab);
  declared.changed = declared.push = true;
  declared.push_branches = {"main"};
  Triggers on;
  on.push = on.pull_request = on.dispatch = true;
  on.push_branches = {"main", "develop"};
  on.schedule = {"0 2 * * *"};
  on.inputs = {{"service", true}};
  declared.on = on;
  YAML::Node root = read(project, declared);
  only(root, {"workflow", "stages", "variables", ".tierbuild", "tiers", "services"});
  CHECK(root["stages"].as<std::vector<std::string>>() == std::vector<std::string>{"tiers", "services"});
  CHECK(root["workflow"]["rules"][0]["if"].as<std::string>() ==
        "$CI_PIPELINE_SOURCE == \"push\" && ($CI_COMMIT_BRANCH == \"main\" || $CI_COMMIT_BRANCH == "
        "\"develop\")");
  CHECK(root["workflow"]["rules"].size() == 4);
  only(root[".tierbuild"], {"image", "cache", "before_script", "after_script"});
  for (const char* name : {"tiers", "services"}) {
    only(root[name], {"extends", "stage", "rules", "script"});
    for (const auto& line : root[name]["script"]) CHECK(line.IsScalar());
  }
  for (const auto& line : root[".tierbuild"]["before_script"]) CHECK(line.IsScalar());
  CHECK(root["variables"]["ONLY_service"]["options"].size() == 3);
  CHECK(root["services"]["script"][2].as<std::string>().starts_with("case $CI_COMMIT_BRANCH in main)"));
  CHECK(root["tiers"]["rules"].size() == 1);
}

TEST_CASE("a compose file has what runs the images") {
  project::Project project = shop();
  project.registries.resize(1);
  project.registries[0].name = "ghcr.io/acme";
  project.registries[0].tags = {graph::stamp_token("git.short"), "latest"};
  project::TargetDecl& base = project.targets[0];
  image::Healthcheck check;
  check.test = {"CMD-SHELL", "test \"$$\" && echo ${HOME}"};
  check.interval_ns = 30'000'000'000;
  check.timeout_ns = 1'500'000'000;
  check.retries = 3;
  base.config.healthcheck = check;
  base.config.exposed = {"8000/tcp", "53/udp"};
  project.targets[1].config.volumes = {"/data/cache"};
  project.targets[2].config.healthcheck = image::Healthcheck{{"NONE"}, 0, 0, 0, 0, 0};
  project.targets[2].platforms = {{"linux", "amd64", ""}};
  YAML::Node root = read(project, decl(ExportFormat::compose));
  only(root, {"services", "volumes"});
  CHECK(keys(root["services"]) == std::set<std::string>{"api", "web"});
  YAML::Node api = root["services"]["api"], web = root["services"]["web"];
  for (const YAML::Node& service : {api, web})
    only(service, {"image", "platform", "ports", "volumes", "healthcheck"});
  CHECK(api["image"].as<std::string>() == "ghcr.io/acme/api:latest");
  CHECK(api["ports"].as<std::vector<std::string>>() == std::vector<std::string>{"53:53/udp", "8000:8000"});
  CHECK(web["ports"].as<std::vector<std::string>>() == std::vector<std::string>{"53/udp", "8000"});
  CHECK(api["healthcheck"]["test"][1].as<std::string>() == "test \"$$$$\" && echo $${HOME}");
  CHECK(api["healthcheck"]["interval"].as<std::string>() == "30s");
  CHECK(api["healthcheck"]["timeout"].as<std::string>() == "1500ms");
  CHECK(web["healthcheck"]["disable"].as<bool>());
  CHECK(web["platform"].as<std::string>() == "linux/amd64");
  CHECK(api["volumes"][0].as<std::string>() == "api-data-cache:/data/cache");
  CHECK(keys(root["volumes"]) == std::set<std::string>{"api-data-cache"});

  project.registries[0].tags = {graph::stamp_token("git.short")};
  root = read(project, decl(ExportFormat::compose));
  CHECK(root["services"]["api"]["image"].as<std::string>() ==
        "ghcr.io/acme/api:${STAMP_GIT_SHORT:?the value of stamp.git.short}");
  ExportDecl tiers = decl(ExportFormat::compose);
  tiers.build = {"tier:*"};
  CHECK(!made(project, tiers));
}
