#include "build/causes.hpp"

#include "support/catch.hpp"

using namespace tierbuild;
using graph::Change;

TEST_CASE("changes come back from their JSON") {
  std::vector<Change> changes{
      {Change::Subject::requirement,
       Change::How::changed,
       "fastapi",
       "0.110",
       "0.111",
       {"base.txt", 7, 1},
       {{"requirements.txt", 1, 1}, {"all.txt", 2, 0}}},
      {Change::Subject::file, Change::How::renamed, "src/b", "src/a", "", {}, {}},
      {Change::Subject::version, Change::How::mode, "", "\"quoted\"\n", "\xff", {}, {}},
  };
  std::vector<Change> back = build::parse_changes(build::to_json(changes));
  changes[2].now = "\xEF\xBF\xBD";  // bytes that are no text are replaced
  REQUIRE(back == changes);
}

TEST_CASE("of very many changes only the first are kept") {
  std::vector<Change> changes(250, {Change::Subject::file, Change::How::added, "f", "", "", {}, {}});
  std::string json = build::to_json(changes);
  REQUIRE(build::parse_changes(json).size() == 100);
  REQUIRE(json.ends_with("{\"more\":150}]"));
}

TEST_CASE("damaged JSON gives no changes") {
  for (const char* text : {"", "{", "{}", "[1]", "[{}]", "[{\"how\":1}]"})
    REQUIRE(build::parse_changes(text).empty());
  REQUIRE(build::parse_changes("[{\"subject\":\"nonsense\",\"where\":[1],\"name\":5}]").size() == 1);
}
