#include "cli/candidates.hpp"

#include "cli/verb.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::cli;

namespace {

project::Project shop() {
  project::Project project;
  project::TargetDecl base, api;
  base.kind = graph::TargetKind::tier;
  base.name = "base";
  api.name = "api";
  project.targets = {base, api};
  project::TaskDecl test, shadowed;
  test.name = "test";
  test.doc = "all suites";
  test.args = {{"suite", "string", "", "all", {"all", "unit"}}};
  shadowed.name = "build";
  project.tasks = {test, shadowed};
  return project;
}

std::vector<std::string> words(const std::vector<std::string>& typed) {
  project::Project project = shop();
  std::vector<std::string> out;
  for (const Candidate& candidate : candidates(typed, &project)) out.push_back(candidate.word);
  return out;
}

using List = std::vector<std::string>;

}  // namespace

TEST_CASE("the first word is a verb or a task, each once") {
  CHECK(words({"t"}) == List{"tasks", "test"});
  CHECK(words({"bu"}) == List{"build"});
  CHECK(words({"__"}).empty());
  CHECK(words({""}).size() == verb_names().size() + 1);  // every verb of the table, and the task
}

TEST_CASE("words of a verb are targets") {
  CHECK(words({"build", "a"}) == List{"api"});
  CHECK(words({"run", ""}) == List{"base", "api"});
  CHECK(words({"explain", "b"}) == List{"base"});
  CHECK(words({"build", "tier"}) == List{"tier:*"});
}

TEST_CASE("flags and the values they can have") {
  CHECK(words({"build", "--keep"}) == List{"--keep-going"});
  CHECK(words({"lsp", "--ch"}) == List{"--check"});
  CHECK(words({"build", "--progress", "p"}) == List{"plain"});
  CHECK(words({"build", "--progress=j"}) == List{"--progress=json"});
  CHECK(words({"build", "--store", ""}).empty());
  CHECK(words({"test", "--suite", "u"}) == List{"unit"});
}

TEST_CASE("nothing is offered after two dashes or without a Buildfile") {
  CHECK(words({"test", "--", ""}).empty());
  CHECK(candidates({"run", ""}, nullptr).empty());
}

TEST_CASE("every verb of the table can be made and declares its flags") {
  for (const VerbEntry& entry : verbs()) {
    INFO(entry.name);
    auto verb = entry.make();
    REQUIRE(verb != nullptr);
    FlagSet flags;
    verb->declare(flags);
    for (const Flag& flag : flags.flags()) CHECK_FALSE(flag.help.empty());
  }
}
