#include <nlohmann/json.hpp>

#include "lint/allow.hpp"
#include "lint/documents.hpp"
#include "lint/fix.hpp"
#include "support.hpp"

using namespace tierbuild;
using namespace tierbuild::test;

namespace {

LintWorkspace api_with(const std::string& buildfile) {
  LintWorkspace work;
  work.service("api", "debian:12");
  work.files["Buildfile.lua"] = buildfile;
  work.project.reads = {"read Buildfile.lua"};
  work.levels["allow_comment"] = {"warn", "", {}};
  return work;
}

}  // namespace

TEST_CASE("a comment with a reason allows the finding of its line") {
  Outcome outcome =
      api_with("service 'api' {} -- tierbuild: allow root_user it binds port 80\n").check("root_user");
  REQUIRE(outcome.findings.size() == 1);
  CHECK(outcome.findings[0].allowed == "it binds port 80");
  CHECK(outcome.count(lint::Level::error) == 0);
}

TEST_CASE("comments above a line speak of it, several at once") {
  LintWorkspace work = api_with(
      "-- tierbuild: allow missing_healthcheck a job\n-- tierbuild: allow root_user ports\nservice 'api' "
      "{}\n");
  work.decl("api").where.line = 3;
  Outcome outcome = work.check("root_user");
  REQUIRE(outcome.findings.size() == 1);
  CHECK(outcome.findings[0].allowed == "ports");
}

TEST_CASE("a comment without a reason, for no rule, or for nothing is a finding") {
  CHECK(texts(api_with("service 'api' {} -- tierbuild: allow root_user\n").check("root_user").findings) ==
        "Buildfile.lua:1:1 service 'api' runs as root\n"
        "Buildfile.lua:1:18 allowing root_user needs a reason\n");
  CHECK(texts(api_with("\n-- tierbuild: allow rot_user x\n").check("size_budget").findings) ==
        "Buildfile.lua:2:1 there is no rule 'rot_user' (did you mean 'root_user'?)\n");
  CHECK(texts(api_with("\n-- tierbuild: allow size_budget x\n").check("size_budget").findings) ==
        "Buildfile.lua:2:1 nothing here needs size_budget to be allowed\n");
}

TEST_CASE("a comment for a rule that could not look at everything is left alone") {
  LintWorkspace work = api_with("\n-- tierbuild: allow size_budget x\n");
  work.decl("api").budget = 1;
  CHECK(work.check("size_budget").findings.empty());
}

TEST_CASE("strings and long brackets hold no comments; a requirements file has its own") {
  auto found = [](const std::string& file, const std::vector<std::string>& lines) {
    return lint::allow_comments(file, lines).size();
  };
  CHECK(found("x.lua", {"a = '-- tierbuild: allow r x'", "b = [[", "-- tierbuild: allow r x", "]]"}) == 0);
  CHECK(found("x.lua", {"a = 'it\\'s' -- tierbuild: allow r x", "--[[ tierbuild: allow r x ]]"}) == 1);
  CHECK(found("x.txt", {"numpy>=1  # tierbuild: allow unpinned x", "-- tierbuild: allow r x"}) == 1);
}

TEST_CASE("edits change what they name and nothing else") {
  std::string text = "a==1\r\nb>=2 # why\n\nc==3";
  auto fixed = lint::apply_edits(text, {{"f", 2, 1, "b>=2", "b==2.5", false}, {"f", 1, 1, "a==1", "", true}});
  CHECK(fixed.edits == 2);
  CHECK(fixed.text == "b==2.5 # why\n\nc==3");
  CHECK(lint::apply_edits(text, {{"f", 4, 1, "c==3", "", true}}).text == "a==1\r\nb>=2 # why\n\n");
  // Changed meanwhile, out of range, or two for one place.
  CHECK(lint::apply_edits(
            text, {{"f", 1, 1, "a==2", "", true}, {"f", 9, 1, "", "", true}, {"f", 1, 0, "", "x", false}})
            .text == text);
  CHECK(lint::apply_edits(text, {{"f", 2, 1, "b>=2 # why", "", true}, {"f", 2, 1, "b>=2", "b==2.5", false}})
            .text == "a==1\r\n\nc==3");
  CHECK(lint::apply_edits("a b a", {{"f", 1, 1, "a", "x", false}, {"f", 1, 5, "a", "y", false}}).text ==
        "x b y");
}

TEST_CASE("findings as JSON and as SARIF") {
  LintWorkspace work = api_with("service 'api' {}\n");
  work.decl("api").budget = 5;
  work.levels["size_budget"] = {"warn", "", {}};
  Outcome outcome = work.check("root_user");
  lint::ReadText read = [&](const std::string& file) { return std::optional(work.files[file]); };
  auto json = nlohmann::json::parse(lint::to_json(outcome, work.project, read));
  CHECK(json["errors"] == 1);
  CHECK(json["findings"][0]["source"] == "service 'api' {}");
  CHECK(json["findings"][0]["line"] == 1);
  CHECK(json["notes"][0]["rule"] == "size_budget");

  auto sarif = nlohmann::json::parse(lint::to_sarif(outcome, work.project, "1.2.3"));
  CHECK(sarif["version"] == "2.1.0");
  const auto& run = sarif["runs"][0];
  const auto& result = run["results"][0];
  size_t index = result["ruleIndex"].get<size_t>();
  CHECK(run["tool"]["driver"]["rules"][index]["id"] == result["ruleId"]);
  CHECK(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "Buildfile.lua");
  CHECK(run["invocations"][0]["toolExecutionNotifications"].size() == 1);
}

TEST_CASE("every rule has a level, a purpose and a reason, and a name of its own") {
  std::set<std::string> names;
  for (const lint::Rule& rule : lint::rules()) {
    CHECK(names.insert(rule.name).second);
    CHECK(std::string(rule.finds).size() > 10);
    CHECK(std::string(rule.reason).ends_with('.'));
    CHECK(rule.level != lint::Level::off);
  }
  CHECK(names.size() == 15);
}
