#include "lint/fix.hpp"
#include "support.hpp"

using namespace tierbuild;
using namespace tierbuild::test;

namespace {

// The text of Buildfile.lua, with the packages of a target at their places in one of its lines.
void packages(LintWorkspace& work, const std::string& target, int line, const std::string& text) {
  std::string& file = work.files["Buildfile.lua"];
  file += text + "\n";
  for (size_t at = text.find('\''); at != std::string::npos;) {
    size_t end = text.find('\'', at + 1);
    work.decl(target).system_packages.push_back(
        {text.substr(at + 1, end - at - 1), {"Buildfile.lua", line, static_cast<int>(at) + 1}});
    at = text.find('\'', end + 1);
  }
}

std::string fixed(const LintWorkspace& work, const Outcome& outcome) {
  std::vector<lint::Edit> edits;
  for (const Finding& finding : outcome.findings)
    if (finding.fix) edits.push_back(*finding.fix);
  return lint::apply_edits(work.files.at("Buildfile.lua"), std::move(edits)).text;
}

project::StepPtr user(const std::string& name, int line) {
  auto step = std::make_shared<project::Step>();
  project::UserStep made;
  made.name = name;
  step->op = made;
  step->label = "user";
  step->where = {"Buildfile.lua", line, 3};
  return step;
}

}  // namespace

TEST_CASE("base_duplicate: packages of the distribution that a tier asks for already, and how they go") {
  LintWorkspace work;
  work.tier("base", "debian:12");
  work.service("api", "base");
  packages(work, "base", 1, "apt = { 'curl', 'git=1:2.39' }");
  packages(work, "api", 2, "apt = { 'sox', 'curl', 'git', 'vim' }");
  Outcome outcome = work.check("base_duplicate");
  CHECK(texts(outcome.findings) ==
        "Buildfile.lua:2:16 curl is installed by tier 'base' already (Buildfile.lua:1:9)\n"
        "Buildfile.lua:2:24 git is installed by tier 'base' already (Buildfile.lua:1:17)\n");
  CHECK_FALSE(outcome.findings[1].fix);  // another version was meant, maybe
  CHECK(fixed(work, outcome) == "apt = { 'curl', 'git=1:2.39' }\napt = { 'sox', 'git', 'vim' }\n");
}

TEST_CASE(
    "base_duplicate: a package that came into the tier's image with others, but not one of an external "
    "image") {
  LintWorkspace work;
  work.tier("base", "debian:12");
  work.service("api", "base");
  packages(work, "base", 1, "apt = { 'ffmpeg' }");
  packages(work, "api", 2, "apt = { 'sox', 'libsndfile1' }");
  work.image("base").packages = lint::package_names(
      "Package: libsndfile1\nStatus: install ok installed\n\nPackage: sox\nStatus: deinstall ok "
      "config-files\n");
  Outcome outcome = work.check("base_duplicate");
  CHECK(texts(outcome.findings) == "Buildfile.lua:2:16 libsndfile1 is in tier 'base' already\n");
  CHECK(fixed(work, outcome) == "apt = { 'ffmpeg' }\napt = { 'sox' }\n");
  CHECK(lint::package_names("P:curl\nV:8\n\nP:libpq\n") == std::set<std::string>{"curl", "libpq"});
}

TEST_CASE("base_duplicate: the only entry of a list stays for its author") {
  LintWorkspace work;
  work.tier("base", "debian:12");
  work.service("api", "base");
  packages(work, "base", 1, "apt = { 'curl' }");
  packages(work, "api", 2, "apt = { 'curl' }");
  Outcome outcome = work.check("base_duplicate");
  REQUIRE(outcome.findings.size() == 1);
  CHECK_FALSE(outcome.findings[0].fix);
}

TEST_CASE("base_duplicate: a user that a tier makes") {
  LintWorkspace work;
  work.tier("base", "debian:12").user.push_back(user("app", 1));
  work.service("api", "base").user.push_back(user("app", 2));
  work.service("job", "base").user.push_back(user("job", 3));
  CHECK(texts(work.check("base_duplicate").findings) ==
        "Buildfile.lua:2:3 the user 'app' is made by tier 'base' already (Buildfile.lua:1:3)\n");
}

TEST_CASE("base_duplicate: a line that subtraction takes away for all who have it") {
  LintWorkspace work;
  work.tier("web", "python:3.11");
  work.service("api", "web");
  work.requirements("web", "base.txt", "fastapi==0.118.0\n");
  work.files["api.txt"] = "-r base.txt\nfastapi==0.118.0\n";
  auto covered = [&](const Location& where, std::vector<Location> via) {
    auto entry = python::parse_requirement("fastapi==0.118.0", where);
    REQUIRE(entry);
    entry->via = std::move(via);
    work.decl("api").covered.push_back(*entry);
  };
  covered({"base.txt", 1, 1}, {{"api.txt", 1, 1}});
  covered({"pyproject.toml", 4, 20}, {});
  CHECK(work.check("base_duplicate").findings.empty());
  covered({"api.txt", 2, 1}, {});
  Outcome outcome = work.check("base_duplicate");
  CHECK(texts(outcome.findings) ==
        "api.txt:2:1 fastapi is installed by tier 'web' already (fastapi==0.118.0 at base.txt:1:1)\n");
  REQUIRE(outcome.findings[0].fix);
  CHECK(outcome.findings[0].fix->drop_line);
  // A target that has no such tier needs the line.
  work.service("job", "python:3.11").requirements.push_back(work.decl("api").covered.back());
  CHECK(texts(work.check("base_duplicate").findings).find("api.txt") == std::string::npos);
}

TEST_CASE("deprecated_base: what stands on a tier that is about to go") {
  LintWorkspace work;
  work.tier("audio", "debian:12").deprecated = "use web";
  work.service("api", "audio");
  work.service("job", "api");
  CHECK(texts(work.check("deprecated_base").findings) ==
        "Buildfile.lua:2:1 service 'api' stands on tier 'audio', which is deprecated: use web\n");
}

TEST_CASE("constraints: a version that they name counts as pinned, and must fit") {
  LintWorkspace work;
  work.service("api", "python:3.11");
  work.requirements("api", "api.txt", "torch>=2.0,<3.0\nnumpy>=1.24\n");
  CHECK(work.check("unpinned").findings.size() == 2);
  auto bound = [&](const std::string& text, int line) {
    auto entry = python::parse_requirement(text, {"constraints.txt", line, 1});
    REQUIRE(entry);
    work.decl("api").constraints.push_back(*entry);
  };
  bound("torch==2.5.1", 1);
  bound("numpy<3", 2);
  CHECK(texts(work.check("unpinned").findings) == "api.txt:2:1 numpy>=1.24 does not name one version\n");
  CHECK(work.check("pin_conflict").findings.empty());
  bound("numpy==1.20", 3);
  CHECK(texts(work.check("pin_conflict").findings) ==
        "api.txt:2:1 numpy>=1.24 cannot hold together with numpy==1.20 of the constraints "
        "(constraints.txt:3:1)\n");
}
