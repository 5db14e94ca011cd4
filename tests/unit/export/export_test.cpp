// Generated files are read back with a YAML parser and held against the formats' own rules.
#include "export/export.hpp"

#include <set>

#include "export/yaml_text.hpp"
#include "graph/stamp.hpp"
#include "project/lower.hpp"
#include "support/catch.hpp"
#include "support/yaml.hpp"

using namespace tierbuild;
using namespace tierbuild::exports;
using project::Triggers;
using test::Yaml;

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

Yaml read(const project::Project& project, const ExportDecl& decl) {
  auto text = made(project, decl);
  REQUIRE(text);
  INFO(*text);
  REQUIRE(is_generated(*text));
  REQUIRE(*text == *made(project, decl));
  return Yaml::load(*text);
}

void only(const Yaml& map, const std::set<std::string>& allowed) {
  REQUIRE(map.is_map());
  for (const std::string& key : map.keys()) {
    INFO(key);
    CHECK(allowed.contains(key));
  }
}

// What GitHub's schema of workflows allows of the keys that are used here.
void check_workflow(const Yaml& root) {
  only(root, {"name", "on", "permissions", "concurrency", "defaults", "env", "jobs"});
  only(root["on"], {"push", "pull_request", "schedule", "workflow_dispatch"});
  for (const Yaml& line : root["on"]["schedule"].items()) CHECK(line.keys() == std::set<std::string>{"cron"});
  REQUIRE(root["jobs"].size() > 0);
  for (const std::string& name : root["jobs"].keys()) {
    Yaml job = root["jobs"][name];
    only(job, {"needs", "if", "runs-on", "container", "env", "steps"});
    CHECK(job["runs-on"].is_scalar());
    only(job["container"], {"image", "options", "volumes"});
    if (job["needs"]) CHECK(root["jobs"][job["needs"].text()]);
    REQUIRE(job["steps"].is_list());
    for (const Yaml& step : job["steps"].items()) {
      only(step, {"name", "uses", "with", "run", "env", "if", "working-directory"});
      CHECK(bool(step["uses"]) != bool(step["run"]));
      if (step["with"]) CHECK(step["uses"]);
    }
  }
}

std::string script_of(const Yaml& job, const std::string& name) {
  for (const Yaml& step : job["steps"].items())
    if (step["name"] && step["name"].text() == name) return step["run"].text();
  return {};
}
Yaml step_of(const Yaml& job, const std::string& name) {
  for (const Yaml& step : job["steps"].items())
    if (step["name"] && step["name"].text() == name) return step;
  return job["no such step"];
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
    Yaml node = Yaml::load("k: " + yaml_scalar(text));
    CHECK(node["k"].text() == text);
    YamlText list;
    list.list("k", {text, "b"});
    CHECK(Yaml::load(list.text())["k"][0].text() == text);
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
  Yaml steps = Yaml::load(yaml.text())["steps"];
  REQUIRE(steps.size() == 3);
  CHECK(steps[0]["run"].text() == "a\n\n  b: c\n# d\n");
  CHECK(steps[0]["x"].text() == "true");
  CHECK(steps[1].text() == "one\ntwo\n");
  CHECK(steps[2].text() == "one");
}

TEST_CASE("a workflow builds tiers before services") {
  project::Project project = shop();
  Yaml root = read(project, decl(ExportFormat::github));
  check_workflow(root);
  CHECK(root["jobs"].keys() == std::set<std::string>{"tiers", "services"});
  CHECK(root["jobs"]["services"]["needs"].text() == "tiers");
  CHECK(script_of(root["jobs"]["tiers"], "Build") == "./tierbuild build $PULL 'tier:*'");
  CHECK(script_of(root["jobs"]["services"], "Build") == "./tierbuild build $PULL 'service:*'");
  CHECK(!step_of(root["jobs"]["services"], "Push"));
  CHECK(root["on"]["push"]["branches"][0].text() == "main");
  CHECK(root["on"]["pull_request"].is_map());
  CHECK(root["on"]["workflow_dispatch"].is_map());
  CHECK(root["permissions"].size() == 1);
}

TEST_CASE("a selection of one kind is one job, as it was declared") {
  project::Project project = shop();
  ExportDecl declared = decl(ExportFormat::github);
  declared.build = {"tier:b*"};
  Yaml root = read(project, declared);
  CHECK(root["jobs"].keys() == std::set<std::string>{"tiers"});
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
  Yaml job = read(project, declared)["jobs"]["services"];
  CHECK(script_of(job, "Build") == "./tierbuild build $PULL ${SINCE:+--since \"$SINCE\"} 'service:*'");
  CHECK(step_of(job, "Find the commit to compare with")["env"]["BEFORE"]);
  bool whole_history = false;
  for (const Yaml& step : job["steps"].items())
    if (step["with"] && step["with"]["fetch-depth"])
      whole_history = step["with"]["fetch-depth"].text() == "0";
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
  Yaml root = read(project, declared);
  check_workflow(root);
  CHECK(root["permissions"]["packages"].text() == "write");
  Yaml job = root["jobs"]["tiers"];
  Yaml env = step_of(job, "Log in to the registries")["env"];
  CHECK(env["GHCR_IO_LOGIN"].text() == "${{ github.actor }}:${{ secrets.GITHUB_TOKEN }}");
  CHECK(env["HARBOR_EXAMPLE_ORG_5000_LOGIN"].text() == "${{ secrets.HARBOR_EXAMPLE_ORG_5000_LOGIN }}");
  CHECK(!env["DOCKER_TOKEN"]);
  CHECK(step_of(job, "Push")["env"]["DOCKER_TOKEN"].text() == "${{ secrets.DOCKER_TOKEN }}");
  CHECK(step_of(job, "Push")["if"].text() == "${{ github.event_name != 'pull_request' }}");
  declared.push_branches = {"main", "release"};
  job = read(project, declared)["jobs"]["tiers"];
  CHECK(step_of(job, "Push")["if"].text() ==
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
  Yaml root = read(project, declared);
  check_workflow(root);
  CHECK(root["on"].keys() == std::set<std::string>{"schedule", "workflow_dispatch"});
  Yaml input = root["on"]["workflow_dispatch"]["inputs"]["service"];
  CHECK(input["options"].texts() == std::vector<std::string>{"all", "api", "web"});
  CHECK(root["jobs"]["tiers"]["if"]);
  CHECK(root["jobs"]["services"]["if"].text() == "${{ !failure() && !cancelled() }}");
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
  Yaml root = read(project, decl(ExportFormat::github));
  CHECK(root["defaults"]["run"]["working-directory"].text() == "docker");
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
  Yaml root = read(project, declared);
  only(root, {"workflow", "stages", "variables", ".tierbuild", "tiers", "services"});
  CHECK(root["stages"].texts() == std::vector<std::string>{"tiers", "services"});
  CHECK(root["workflow"]["rules"][0]["if"].text() ==
        "$CI_PIPELINE_SOURCE == \"push\" && ($CI_COMMIT_BRANCH == \"main\" || $CI_COMMIT_BRANCH == "
        "\"develop\")");
  CHECK(root["workflow"]["rules"].size() == 4);
  only(root[".tierbuild"], {"image", "cache", "before_script", "after_script"});
  for (const char* name : {"tiers", "services"}) {
    only(root[name], {"extends", "stage", "rules", "script"});
    for (const Yaml& line : root[name]["script"].items()) CHECK(line.is_scalar());
  }
  for (const Yaml& line : root[".tierbuild"]["before_script"].items()) CHECK(line.is_scalar());
  CHECK(root["variables"]["ONLY_service"]["options"].size() == 3);
  CHECK(root["services"]["script"][2].text().starts_with("case $CI_COMMIT_BRANCH in main)"));
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
  Yaml root = read(project, decl(ExportFormat::compose));
  only(root, {"services", "volumes"});
  CHECK(root["services"].keys() == std::set<std::string>{"api", "web"});
  Yaml api = root["services"]["api"], web = root["services"]["web"];
  for (const Yaml& service : {api, web})
    only(service, {"image", "platform", "ports", "volumes", "healthcheck"});
  CHECK(api["image"].text() == "ghcr.io/acme/api:latest");
  CHECK(api["ports"].texts() == std::vector<std::string>{"53:53/udp", "8000:8000"});
  CHECK(web["ports"].texts() == std::vector<std::string>{"53/udp", "8000"});
  CHECK(api["healthcheck"]["test"][1].text() == "test \"$$$$\" && echo $${HOME}");
  CHECK(api["healthcheck"]["interval"].text() == "30s");
  CHECK(api["healthcheck"]["timeout"].text() == "1500ms");
  CHECK(web["healthcheck"]["disable"].text() == "true");
  CHECK(web["platform"].text() == "linux/amd64");
  CHECK(api["volumes"][0].text() == "api-data-cache:/data/cache");
  CHECK(root["volumes"].keys() == std::set<std::string>{"api-data-cache"});

  project.registries[0].tags = {graph::stamp_token("git.short")};
  root = read(project, decl(ExportFormat::compose));
  CHECK(root["services"]["api"]["image"].text() ==
        "ghcr.io/acme/api:${STAMP_GIT_SHORT:?the value of stamp.git.short}");
  ExportDecl tiers = decl(ExportFormat::compose);
  tiers.build = {"tier:*"};
  CHECK(!made(project, tiers));
}
