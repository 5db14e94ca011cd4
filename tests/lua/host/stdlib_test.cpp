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
