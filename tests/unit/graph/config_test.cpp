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
