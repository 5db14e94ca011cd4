#include "image/config.hpp"

#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::image;

namespace {

std::string with_config(const std::string& fields) {
  return R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"config":{)" +
         fields + "}}";
}

Config full() {
  Config config;
  config.platform = {"linux", "arm", "v7"};
  config.created = "1980-01-01T00:00:00Z";
  config.author = "someone";
  config.env = {"PATH=/bin", "A=1"};
  config.user = "app:app";
  config.workdir = "/srv";
  config.entrypoint = {"/init", "--"};
  config.cmd = {"run"};
  config.exposed = {"80/tcp", "53/udp"};
  config.volumes = {"/data"};
  config.labels = {{"b", "2"}, {"a", "<1>"}};
  config.stop_signal = "SIGINT";
  config.shell = {"/bin/bash", "-c"};
  config.on_build = {"RUN true"};
  config.healthcheck = Healthcheck{{"CMD-SHELL", "true"}, 1'000'000'000, 2, 3, 4, 5};
  config.diff_ids = {Digest::of("a"), Digest::of("b")};
  config.history = {{"copy", "", false}, {"env", "a comment", true}, {"run", "", false}};
  return config;
}

}  // namespace

TEST_CASE("every field of a config survives the round trip, with the same bytes") {
  Config config = full();
  auto again = Config::parse(config.json());
  REQUIRE_OK(again);
  CHECK(again->json() == config.json());
  CHECK(again->platform == config.platform);
  CHECK(again->exposed == config.exposed);
  CHECK(again->volumes == config.volumes);
  CHECK(again->labels == config.labels);
  CHECK(again->healthcheck == config.healthcheck);
  CHECK(again->diff_ids == config.diff_ids);
  CHECK(again->history == config.history);
  CHECK(again->on_build == config.on_build);
  CHECK(again->shell == config.shell);
  CHECK(again->cmd == config.cmd);
}

TEST_CASE("a small config has exactly these bytes") {
  Config config;
  config.created = "1980-01-01T00:00:00Z";
  config.cmd = {"sh"};
  config.diff_ids = {Digest::of("a")};
  config.history = {{"copy", "", false}};
  CHECK(
      config.json() ==
      R"({"created":"1980-01-01T00:00:00Z","architecture":"amd64","os":"linux","config":{"Cmd":["sh"]},"rootfs":)"
      R"({"type":"layers","diff_ids":["sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"]},)"
      R"("history":[{"created":"1980-01-01T00:00:00Z","created_by":"copy"}]})");
}

TEST_CASE("each field changes the bytes") {
  const std::string before = full().json();
  std::vector<std::function<void(Config&)>> changes{
      [](Config& c) { c.platform.variant = "v6"; },
      [](Config& c) { c.created = "1981-01-01T00:00:00Z"; },
      [](Config& c) { c.author = "x"; },
      [](Config& c) { std::swap(c.env[0], c.env[1]); },
      [](Config& c) { c.user = "0"; },
      [](Config& c) { c.workdir = "/"; },
      [](Config& c) { c.entrypoint = {"/init"}; },
      [](Config& c) { c.cmd.clear(); },
      [](Config& c) { c.exposed.erase("80/tcp"); },
      [](Config& c) { c.volumes.insert("/x"); },
      [](Config& c) { c.labels["a"] = "2"; },
      [](Config& c) { c.stop_signal = "SIGTERM"; },
      [](Config& c) { c.shell.pop_back(); },
      [](Config& c) { c.on_build.push_back("RUN false"); },
      [](Config& c) { c.healthcheck->retries = 9; },
      [](Config& c) { c.healthcheck->start_interval_ns = 9; },
      [](Config& c) { c.healthcheck.reset(); },
      [](Config& c) { c.diff_ids[1] = Digest::of("c"); },
      [](Config& c) { c.history[0].comment = "x"; },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    INFO(i);
    Config config = full();
    changes[i](config);
    CHECK(config.json() != before);
  }
}

TEST_CASE("nulls and docker's oddities are read") {
  auto config = Config::parse(
      R"({"architecture":"arm64","variant":"v8","os":"linux","docker_version":"20","container_config":{"Cmd":[1]},)"
      R"("config":{"Hostname":"","User":null,"Env":null,"Cmd":"echo","Entrypoint":null,"Volumes":null,)"
      R"("ExposedPorts":{"80/tcp":{}},"Labels":null,"OnBuild":null,"Healthcheck":{"Test":["NONE"]}},)"
      R"("rootfs":{"type":"layers","diff_ids":null},"history":null})");
  REQUIRE_OK(config);
  CHECK(config->platform.str() == "linux/arm64");
  CHECK(config->cmd == std::vector<std::string>{"echo"});
  CHECK(config->exposed == std::set<std::string>{"80/tcp"});
  CHECK(config->healthcheck->test == std::vector<std::string>{"NONE"});
  CHECK(config->diff_ids.empty());
}

TEST_CASE("the history fits the layers") {
  Config config;
  config.diff_ids = {Digest::of("a"), Digest::of("b")};
  config.history = {{"env", "", true}, {"run", "", false}};
  auto padded = Config::parse(config.json());
  REQUIRE_OK(padded);
  CHECK(padded->history == std::vector<HistoryEntry>{{"", "", false}, {"env", "", true}, {"run", "", false}});

  config.history.assign(3, {"run", "", false});
  CHECK(config.json().find("history") == std::string::npos);
  config.history.clear();
  CHECK(config.json().find("history") == std::string::npos);
}

TEST_CASE("users that runtimes misread are refused") {
  for (const char* good : {"", "0", "app", "1000:1000", "2147483647", "0000000000001:x", "2147483648a"}) {
    INFO(good);
    REQUIRE_OK(Config::parse(with_config(fmt::format(R"("User":"{}")", good))));
  }
  for (const char* bad : {"2147483648", "4294967296", "0:2147483648", "99999999999999999999", "-1", "0:-1",
                          "+1", "a\\u0000b", "00002147483648"}) {
    INFO(bad);
    REQUIRE_CODE(Config::parse(with_config(fmt::format(R"("User":"{}")", bad))), Code::corrupt);
  }
}

TEST_CASE("wrong types and NUL bytes are corrupt") {
  for (const char* bad : {R"("User":7)", R"("Env":"A=1")", R"("Env":[1])", R"("Cmd":{})",
                          R"("ExposedPorts":["80"])", R"("Labels":{"a":1})", R"("WorkingDir":"/a\u0000")",
                          R"("Volumes":{"/a\u0000":{}})", R"("Env":["A=\u0000"])", R"("Healthcheck":[])",
                          R"("Healthcheck":{"Retries":-1})", R"("Healthcheck":{"Interval":1e99})"}) {
    INFO(bad);
    REQUIRE_CODE(Config::parse(with_config(bad)), Code::corrupt);
  }
  for (const char* bad :
       {R"({})", R"({"architecture":"amd64","os":"linux"})", R"({"os":"linux","rootfs":{}})",
        R"({"architecture":"amd64","os":"linux","rootfs":{"type":"other"}})",
        R"({"architecture":"amd64","os":"linux","rootfs":{"diff_ids":["sha256:1"]}})",
        R"({"architecture":"amd64","os":"linux","rootfs":{"diff_ids":[null]}})",
        R"({"architecture":"amd64","os":"linux","rootfs":{},"history":[7]})",
        R"({"architecture":"amd64","os":"linux","rootfs":{},"history":[{"empty_layer":"yes"}]})"}) {
    INFO(bad);
    REQUIRE_CODE(Config::parse(bad), Code::corrupt);
  }
}

TEST_CASE("bytes that are not UTF-8 still give valid JSON") {
  Config config;
  config.labels["a"] = "\xff";
  REQUIRE_OK(Config::parse(config.json()));
  CHECK(Config::parse(config.json())->labels["a"] == "\xef\xbf\xbd");
}

TEST_CASE("a variable is set once, in its place") {
  Config config;
  config.env = {"A=1", "B=2", "A=3"};
  CHECK(config.env_value("A") == "3");
  config.set_env("A", "4");
  CHECK(config.env == std::vector<std::string>{"A=4", "B=2"});
  config.set_env("C", "");
  CHECK(config.env.back() == "C=");
  CHECK(config.env_value("C") == "");
  CHECK_FALSE(config.env_value("D").has_value());
}
