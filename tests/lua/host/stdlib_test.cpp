#include "bindings/schema.hpp"
#include "lua/host/workspace.hpp"

using namespace tierbuild;
using namespace tierbuild::test;

TEST_CASE("apt makes one networked step with locked caches and sorted packages") {
  Workspace workspace("service 'a' { from = 'debian:12', apt = { 'git', 'curl', 'git' } }");
  const auto& a = target(workspace.project(), "a");
  REQUIRE(a.packages.size() == 1);
  REQUIRE(a.packages[0]->label == "apt");
  REQUIRE(a.packages[0]->where.str() == "Buildfile.lua:1:35");
  const auto& run = op<project::RunStep>(a.packages[0]);
  REQUIRE(run.network);
  REQUIRE(run.env.at("DEBIAN_FRONTEND") == "noninteractive");
  REQUIRE(run.mounts.size() == 2);
  REQUIRE(run.mounts[0].mount.sharing == graph::Sharing::locked);
  REQUIRE(run.argv.back().find("install -y --no-install-recommends 'curl' 'git'\n") != std::string::npos);
}

TEST_CASE("the order of apt packages changes nothing") {
  auto script = [](const char* list) {
    Workspace workspace(fmt::format("service 'a' {{ from = 'x:1', apt = {{ {} }} }}", list));
    return op<project::RunStep>(target(workspace.project(), "a").packages.at(0)).argv;
  };
  REQUIRE(script("'a1', 'b1'") == script("'b1', 'a1', 'b1'"));
}

TEST_CASE("a package that would reach the shell is refused at the author's line") {
  Workspace workspace("\nlocal x = apt.install { 'curl; rm -rf /' }");
  REQUIRE(workspace.only_error() == "E014");
  REQUIRE(workspace.failure.errors[0].where().str() == "Buildfile.lua:2:11");
}

TEST_CASE("apt takes the caches of the workspace") {
  Workspace workspace(
      "service 'a' { from = 'x:1', apt = { 'curl' } }\n"
      "workspace 'w' { apt = { caches = { cache.mount { target = '/var/lib/apt', sharing = 'locked' } } } }");
  const auto& run = op<project::RunStep>(target(workspace.project(), "a").packages.at(0));
  REQUIRE(run.mounts.size() == 1);
  REQUIRE(run.mounts[0].mount.target == "/var/lib/apt");
}

TEST_CASE("health checks") {
  Workspace workspace(R"(
service 'a' { from = 'x:1', healthcheck = health.http { port = 8000, path = '/h', prober = 'curl', interval = '10s', retries = 5 } }
service 'b' { from = 'x:1', healthcheck = health.tcp { port = 5432 } }
service 'c' { from = 'x:1', healthcheck = health.process { "it's me", start = '1m' } }
service 'd' { from = 'x:1', healthcheck = health.cmd { 'ok', '-q', timeout = '5s' } }
service 'e' { from = 'x:1', healthcheck = health.none() }
service 'f' { from = 'x:1', healthcheck = { 'own', interval = '2s' } }
)");
  const auto& project = workspace.project();
  auto check = [&](const char* name) { return *target(project, name).config.healthcheck; };
  REQUIRE(check("a").test.at(0) == "CMD");
  REQUIRE(check("a").test.back() == "http://127.0.0.1:8000/h");
  REQUIRE(check("a").interval_ns == 10'000'000'000);
  REQUIRE(check("a").retries == 5);
  REQUIRE(check("b").test.at(0) == "CMD-SHELL");
  REQUIRE(check("c").test.at(1).find(R"('it'\''s me')") != std::string::npos);
  REQUIRE(check("d").test == std::vector<std::string>{"CMD", "ok", "-q"});
  REQUIRE(check("e").test == std::vector<std::string>{"NONE"});
  REQUIRE(check("f").test == std::vector<std::string>{"CMD", "own"});
}

TEST_CASE("oci labels have their long names") {
  Workspace workspace(
      "service 'a' { from = 'x:1', labels = oci.labels { vendor = 'V', created = stamp.time } }");
  const auto& labels = target(workspace.project(), "a").config.labels;
  REQUIRE(labels.at("org.opencontainers.image.vendor") == "V");
  REQUIRE(labels.size() == 2);
}

TEST_CASE("every function and field of the language is documented") {
  auto all = bindings::schemas();
  REQUIRE(all.size() > 80);
  for (const auto& schema : all) {
    INFO(schema.name);
    CHECK(schema.doc.size() > 5);
    for (const auto& field : schema.fields) {
      INFO(field.name);
      CHECK(!field.doc.empty());
      CHECK(field.type != nullptr);
    }
  }
}

TEST_CASE("repositories in a list of packages are layers in front of what installs them") {
  Workspace workspace(R"(
service 'a' { from = 'x:1', apt = { 'curl', apt.repo { 'https://deb.example.org/debian', suite = 'bookworm',
  components = { 'main', 'extra' }, key = 'team.asc' } } }
service 'b' { from = 'x:1', apk = { 'curl', apk.repo { 'https://example.org/edge', tag = 'edge' } } }
service 'c' { from = 'x:1', apt = { apt.repo { 'https://x/y', suite = './', trusted = true } } }
)");
  workspace.file("team.asc", "key");
  const auto& project = workspace.project();
  const auto& apt = target(project, "a").packages;
  REQUIRE(apt.size() == 2);
  const auto& files = op<project::CopyStep>(apt[0]).items;
  REQUIRE(files[0].to == "/etc/apt/keyrings/deb.example.org-debian.asc");
  REQUIRE(std::get<project::TextValue>(files[1].source).text ==
          "Types: deb\nURIs: https://deb.example.org/debian\nSuites: bookworm\nComponents: main extra\n"
          "Signed-By: /etc/apt/keyrings/deb.example.org-debian.asc\n");
  REQUIRE(op<project::RunStep>(apt[1]).argv.back().find("'curl'") != std::string::npos);
  const auto& apk = target(project, "b").packages;
  REQUIRE(apk.size() == 2);
  REQUIRE(std::get<project::TextValue>(op<project::CopyStep>(apk[0]).items[0].source).text ==
          "@edge https://example.org/edge\n");
  const auto& run = op<project::RunStep>(apk[1]);
  REQUIRE(run.mounts.at(0).mount.sharing == graph::Sharing::locked);
  REQUIRE(target(project, "c").packages.size() == 1);
}

TEST_CASE("apt.repo wants a key or to be told that there is none") {
  Workspace workspace("apt.repo { 'https://x/y', suite = 'a' }");
  REQUIRE(workspace.only_error() == "E014");
}

TEST_CASE("hooks are layers whose program goes before the entrypoint") {
  Workspace workspace(R"(
service 'a' { from = 'x:1', steps = { entry.seed { from = '/a', to = '/b' }, run { 'true' } }, layers = { entry.init { 'x' } } }
service 'b' { from = 'x:1', steps = { entry.seed { from = '/a', to = '/b' }, entry.seed { from = '/a', to = '/c' } } }
)");
  const auto& project = workspace.project();
  const auto &a = target(project, "a").steps, &b = target(project, "b").steps;
  REQUIRE(a[0]->hook.starts_with("/usr/local/lib/entry.d/seed-"));
  REQUIRE(a[0]->hook == op<project::CopyStep>(a[0]).items[0].to);
  REQUIRE(a[1]->hook.empty());
  REQUIRE(target(project, "a").layers[0]->hook.starts_with("/usr/local/lib/entry.d/init-"));
  REQUIRE(a[0]->hook == b[0]->hook);
  REQUIRE(b[0]->hook != b[1]->hook);
}

TEST_CASE("the check of health.http can be made by any of its programs, or by the one that is named") {
  Workspace workspace(R"(
service 'a' { from = 'x:1', healthcheck = health.http { port = 80 } }
service 'b' { from = 'x:1', healthcheck = health.http { port = 80, prober = 'wget' } }
service 'c' { from = 'x:1', healthcheck = health.cmd { 'ok' } }
)");
  const auto& project = workspace.project();
  REQUIRE(target(project, "a").config.probers.size() == 3);
  REQUIRE(target(project, "b").config.probers.size() == 1);
  REQUIRE(target(project, "b").config.healthcheck->test.at(1) == "wget");
  REQUIRE(target(project, "c").config.probers.empty());
}

TEST_CASE("fetch is called as before, and fetch.bin knows programs for each architecture") {
  Workspace workspace(R"(
local digest = ('a'):rep(64)
service 'a' { from = 'x:1', copy = { { fetch { 'https://x/y', sha256 = digest }, to = '/y' } },
  steps = { fetch.bin { { 'hadolint', sha256 = digest }, { 'actionlint@1.7.1', sha256 = { arm64 = digest } } } } }
)");
  workspace.options.platform = {"linux", "arm64", ""};
  const auto& items = op<project::CopyStep>(target(workspace.project(), "a").steps.at(0)).items;
  REQUIRE(std::get<project::FetchValue>(items[0].source).url.ends_with("/hadolint-Linux-arm64"));
  REQUIRE(items[0].to == "/usr/local/bin/hadolint");
  REQUIRE(items[0].mode == 0755);
  REQUIRE(std::get<project::ImagePath>(items[1].source).path == "/unpacked/actionlint");
}

TEST_CASE("node.build installs from the manifests, so that sources do not install again") {
  Workspace workspace(R"(
service 'a' { from = 'x:1', layers = { node.build { on = 'node:20', dir = 'web', to = '/static' } } }
)");
  workspace.file("web/package.json", R"({"scripts": {"build": "vite build"}})")
      .file("web/package-lock.json", "{}")
      .file("web/.npmrc", "")
      .file("web/src/main.js", "");
  const auto& tree = op<project::TreeStep>(target(workspace.project(), "a").layers.at(0));
  REQUIRE(tree.path == "/src/dist");
  REQUIRE(tree.to == "/static");
  const auto& copied = std::get<project::ImagePtr>(tree.of->base);
  const auto& installed = std::get<project::ImagePtr>(copied->base);
  const auto& npm = op<project::RunStep>(std::get<project::StepPtr>(installed->ops.at(0)));
  REQUIRE(npm.argv[1] == "ci");
  REQUIRE(npm.network);
  const auto& manifests = op<project::CopyStep>(
      std::get<project::StepPtr>(std::get<project::ImagePtr>(installed->base)->ops.at(0)));
  REQUIRE(manifests.items.size() == 3);
}

TEST_CASE("paths belong to the file that is loaded, also in functions of a module") {
  Workspace workspace("include 'services/a/Buildfile.lua'");
  workspace
      .file(
          "build/rules.lua",
          "local r = rule 'r' { function(p) return { from = 'x:1', copy = { { 'src', to = '/s' } } } end }\n"
          "return { wrapped = function(name) r(name) { env = { V = read 'v' } } end, own = read 'data' }")
      .file("build/data", "module")
      .file("services/a/Buildfile.lua",
            "local m = require 'build.rules'\nm.wrapped 'a'\nassert(m.own == 'module')")
      .file("services/a/src/x", "")
      .file("services/a/v", "7");
  REQUIRE(target(workspace.project(), "a").config.env.at("V") == "7");
}
