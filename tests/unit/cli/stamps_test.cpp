#include "cli/stamps.hpp"

#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::cli;

TEST_CASE("stamps come from the head of the repository") {
  git::Head head{"0123456789abcdef0123456789abcdef01234567", "main", "v1.2", true};
  auto values = stamp_values(head, FakeEnvironment{}, FakeClock{});
  CHECK(values["git.sha"] == head.sha);
  CHECK(values["git.short"] == "0123456");
  CHECK(values["git.branch"] == "main");
  CHECK(values["git.tag"] == "v1.2");
  CHECK(values["git.dirty"] == "true");
  CHECK(values["version"] == "v1.2");
}

TEST_CASE("without a repository there is only the time") {
  auto values = stamp_values(std::nullopt, FakeEnvironment{}, FakeClock{});
  CHECK(values == std::map<std::string, std::string>{{"time", "2023-11-14T22:13:20Z"}});
}

TEST_CASE("SOURCE_DATE_EPOCH holds the time still") {
  FakeEnvironment environment;
  environment.variables["SOURCE_DATE_EPOCH"] = "0";
  CHECK(stamp_values(std::nullopt, environment, FakeClock{})["time"] == "1970-01-01T00:00:00Z");
  environment.variables["SOURCE_DATE_EPOCH"] = "soon";
  CHECK_FALSE(source_date_epoch(environment));
}

TEST_CASE("TIERBUILD_VERSION is the version, else the tag, else the revision") {
  git::Head head{"0123456789abcdef0123456789abcdef01234567", "", "", false};
  FakeEnvironment environment;
  CHECK(stamp_values(head, environment, FakeClock{})["version"] == "0123456");
  CHECK(stamp_values(head, environment, FakeClock{}).count("git.branch") == 0);
  environment.variables["TIERBUILD_VERSION"] = "7";
  CHECK(stamp_values(head, environment, FakeClock{})["version"] == "7");
}
