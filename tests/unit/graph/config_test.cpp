#include "graph/config_patch.hpp"
#include "graph/stamp.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::graph;

TEST_CASE("patches merge: maps merge, sets join, scalars replace") {
  ConfigPatch tier, service;
  tier.env = {{"A", "1"}, {"B", "1"}};
  tier.workdir = "/app";
  tier.exposed = {"80/tcp"};
  service.env = {{"B", "2"}};
  service.user = "app";
  service.exposed = {"81/tcp"};
  tier.merge(service);
  REQUIRE(tier.env == std::map<std::string, std::string>{{"A", "1"}, {"B", "2"}});
  REQUIRE(*tier.workdir == "/app");
  REQUIRE(*tier.user == "app");
  REQUIRE(tier.exposed == std::set<std::string>{"80/tcp", "81/tcp"});
}

TEST_CASE("a new entrypoint drops the command that belonged to the old one") {
  ConfigPatch tier, service;
  tier.cmd = std::vector<std::string>{"serve"};
  service.entrypoint = std::vector<std::string>{"init"};
  tier.merge(service);
  REQUIRE(tier.cmd->empty());

  image::Config config;
  config.cmd = {"bash"};
  service.apply(config);
  REQUIRE(config.cmd.empty());
}

TEST_CASE("what a Dockerfile says to those that stand on it is replaced as a whole") {
  ConfigPatch below, above;
  below.shell = std::vector<std::string>{"/bin/sh", "-c"};
  below.on_build = std::vector<std::string>{"RUN a", "RUN b"};
  below.author = "me";
  above.shell = std::vector<std::string>{"/bin/bash", "-c"};
  above.on_build = std::vector<std::string>{};
  below.merge(above);
  image::Config config;
  config.on_build = {"RUN c"};
  below.apply(config);
  REQUIRE(config.shell == std::vector<std::string>{"/bin/bash", "-c"});
  REQUIRE(config.on_build.empty());
  REQUIRE(config.author == "me");
}

TEST_CASE("directories are put in front of the PATH of the base, the last one first") {
  ConfigPatch patch;
  patch.path_prepend = {"/opt/a/bin", "/opt/b/bin"};
  image::Config config;
  config.env = {"PATH=/bin"};
  patch.apply(config);
  REQUIRE(config.env_value("PATH") == "/opt/b/bin:/opt/a/bin:/bin");
  image::Config without;
  patch.apply(without);
  REQUIRE(without.env_value("PATH") ==
          "/opt/b/bin:/opt/a/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
}

TEST_CASE("stamps stand in text until they are filled in") {
  std::string text = "v1-" + stamp_token("git.short") + "-x";
  REQUIRE(has_stamp(text));
  REQUIRE(stamps_in(text) == std::vector<std::string>{"git.short"});
  REQUIRE(*fill_stamps(text, {{"git.short", "abc"}}) == "v1-abc-x");
  REQUIRE(*fill_stamps("plain", {}) == "plain");
  REQUIRE_CODE(fill_stamps(text, {}), Code::invalid);
}

TEST_CASE("hooks go before whatever entrypoint there is, each once") {
  ConfigPatch tier, service;
  tier.hooks = {"/hooks/seed"};
  service.hooks = {"/hooks/seed", "/hooks/wait"};
  service.entrypoint = std::vector<std::string>{"start"};
  tier.merge(service);
  image::Config config;
  config.entrypoint = {"old"};
  tier.apply(config);
  REQUIRE(config.entrypoint == std::vector<std::string>{"/hooks/seed", "/hooks/wait", "start"});

  // A base whose entrypoint has hooks of its own keeps them.
  ConfigPatch above;
  above.hooks = {"/hooks/seed", "/hooks/init"};
  above.apply(config);
  REQUIRE(config.entrypoint ==
          std::vector<std::string>{"/hooks/init", "/hooks/seed", "/hooks/wait", "start"});
}

TEST_CASE("the probers of a healthcheck are replaced with it") {
  ConfigPatch tier, service;
  tier.healthcheck.emplace();
  tier.probers = {{"curl", "x"}};
  tier.merge(service);
  REQUIRE(tier.probers.size() == 1);
  service.healthcheck.emplace();
  tier.merge(service);
  REQUIRE(tier.probers.empty());
}

TEST_CASE("what lies between two configs makes one of the other") {
  image::Config base;
  base.env = {"PATH=/bin", "LANG=C", "KEPT=1"};
  base.cmd = {"bash"};
  base.entrypoint = {"/init"};
  base.labels = {{"a", "1"}};
  base.exposed = {"80/tcp"};
  base.on_build = {"RUN x"};
  base.shell = {"/bin/ash", "-c"};
  auto check = [&](const image::Config& stage) {
    image::Config made = base;
    ConfigPatch::between(base, stage).apply(made);
    CHECK(made.json() == stage.json());
  };
  check(base);
  image::Config stage = base;
  stage.set_env("ZED", "1");
  stage.set_env("ALPHA", "2");
  stage.set_env("LANG", "de");
  check(stage);
  stage.entrypoint = {"/start"};
  check(stage);  // with the command that it had
  stage.cmd.clear();
  check(stage);
  stage.entrypoint = base.entrypoint;
  check(stage);
  stage.entrypoint.clear();
  stage.cmd = {"x"};
  stage.on_build.clear();
  stage.shell = {"/bin/sh", "-c"};
  stage.author = "me";
  stage.stop_signal = "9";
  stage.user = "app";
  stage.workdir = "/w";
  stage.volumes = {"/v"};
  stage.exposed.insert("81/udp");
  stage.labels = {{"a", "2"}, {"b", "1"}};
  stage.healthcheck = image::Healthcheck{{"NONE"}};
  check(stage);
}
