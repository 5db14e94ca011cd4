#include "support.hpp"

using namespace tierbuild;
using namespace tierbuild::test;

namespace {

LintWorkspace web_and_api(const std::string& api) {
  LintWorkspace work;
  work.tier("web", "python:3.11");
  work.service("api", "web");
  work.requirements("web", "base.txt", "fastapi==0.118.0\nuvicorn[standard]==0.37.0\n");
  work.requirements("api", "api.txt", api);
  return work;
}

}  // namespace

TEST_CASE("base_duplicate: what a tier declares is found without any image, and told to be only that") {
  LintWorkspace work = web_and_api("FastAPI==0.118.0\nhttpx==0.26.0\nuvicorn==0.37.0\n");
  Outcome outcome = work.check("base_duplicate");
  CHECK(
      texts(outcome.findings) ==
      "api.txt:1:1 FastAPI is installed by tier 'web' already (fastapi==0.118.0 at base.txt:1:1)\n"
      "api.txt:3:1 uvicorn is installed by tier 'web' already (uvicorn[standard]==0.37.0 at base.txt:2:1)\n");
  REQUIRE(outcome.findings[0].fix);
  CHECK(outcome.findings[0].fix->drop_line);
  CHECK(outcome.findings[0].fix->before == "FastAPI==0.118.0");
  bool noted = false;
  for (const lint::Note& note : outcome.notes) noted |= note.targets.contains("service:api");
  CHECK(noted);
}

TEST_CASE("base_duplicate: an extra or a version that the tier does not have is no duplicate") {
  LintWorkspace work = web_and_api("fastapi[all]==0.118.0\nuvicorn==0.38.0\n");
  CHECK(texts(work.check("base_duplicate").findings).empty());
}

TEST_CASE("base_duplicate: what packages of the tier bring along is found in its image") {
  LintWorkspace work = web_and_api("starlette>=0.30\nanyio==9\nhttpx==0.26.0\n");
  work.installed("web", "fastapi", "0.118.0", "Requires-Dist: starlette<0.49,>=0.40.0");
  work.installed("web", "starlette", "0.48.0");
  work.installed("web", "anyio", "4.0");
  Outcome outcome = work.check("base_duplicate");
  CHECK(texts(outcome.findings) ==
        "api.txt:1:1 starlette is in tier 'web' already: starlette 0.48.0 is installed there for fastapi\n");
  for (const lint::Note& note : outcome.notes) CHECK_FALSE(note.targets.contains("service:api"));
}

TEST_CASE("base_duplicate: an extra counts as installed if all that it needs is there") {
  LintWorkspace work = web_and_api("uvicorn[standard]>=0.30\n");
  work.installed("web", "uvicorn", "0.37.0", "Requires-Dist: uvloop>=0.15; extra == \"standard\"");
  CHECK(work.check("base_duplicate").findings.empty());
  work.installed("web", "uvloop", "0.19");
  CHECK(work.check("base_duplicate").findings.size() == 1);
}

TEST_CASE("base_duplicate: a line that another target needs is not dropped") {
  LintWorkspace work = web_and_api("fastapi==0.118.0\n");
  work.service("other", "python:3.11");
  work.decl("other").requirements = work.decl("api").requirements;
  Outcome outcome = work.check("base_duplicate");
  REQUIRE(outcome.findings.size() == 1);
  CHECK_FALSE(outcome.findings[0].fix);
}

TEST_CASE("base_duplicate: one line of several services is one finding, and may go") {
  LintWorkspace work = web_and_api("fastapi==0.118.0\n");
  work.service("other", "web");
  work.decl("other").requirements = work.decl("api").requirements;
  Outcome outcome = work.check("base_duplicate");
  REQUIRE(outcome.findings.size() == 1);
  CHECK(outcome.findings[0].targets == std::set<std::string>{"service:api", "service:other"});
  CHECK(outcome.findings[0].fix);
}

TEST_CASE("base_duplicate: a marker that does not hold here takes the entry out of it") {
  LintWorkspace work = web_and_api("fastapi==0.118.0; sys_platform == 'win32'\n");
  CHECK(work.check("base_duplicate").findings.empty());
}

TEST_CASE("pin_conflict: among a target's own entries, with its tier, and with what is installed") {
  LintWorkspace work =
      web_and_api("fastapi==0.100\nnumpy==1.26.4\nnumpy>=2\npydantic==1.10.0\nstarlette==0.50\n");
  work.installed("web", "fastapi", "0.118.0", "Requires-Dist: starlette<0.49,>=0.40.0");
  work.installed("web", "pydantic", "2.6.1");
  CHECK(texts(work.check("pin_conflict").findings) ==
        "api.txt:1:1 fastapi==0.100 cannot hold together with fastapi==0.118.0 of tier 'web' (base.txt:1:1)\n"
        "api.txt:3:1 numpy>=2 cannot hold together with numpy==1.26.4 (api.txt:2:1)\n"
        "api.txt:4:1 pydantic==1.10.0 replaces pydantic 2.6.1 of tier 'web'\n"
        "api.txt:5:1 starlette==0.50 cannot hold together with starlette<0.49,>=0.40.0, which fastapi "
        "0.118.0 of tier "
        "'web' needs\n");
}

TEST_CASE("unpinned: ranges and bare names, with the installed version as the fix") {
  LintWorkspace work = web_and_api("torch>=2.0,<3.0 # for inference\nhttpx==0.26.0\nrich\n");
  Outcome unbuilt = work.check("unpinned");
  CHECK(texts(unbuilt.findings) ==
        "api.txt:1:1 torch>=2.0,<3.0 does not name one version\n"
        "api.txt:3:1 rich names no version\n");
  CHECK_FALSE(unbuilt.findings[0].fix);
  work.installed("api", "torch", "2.5.1");
  Outcome built = work.check("unpinned");
  REQUIRE(built.findings[0].fix);
  CHECK(built.findings[0].fix->before == "torch>=2.0,<3.0");
  CHECK(built.findings[0].fix->after == "torch==2.5.1");
}

TEST_CASE("unpinned: a text in a Buildfile is changed between its quotes") {
  LintWorkspace work;
  work.service("api", "python:3.11");
  work.files["Buildfile.lua"] =
      "service 'api' { from = 'python:3.11', pip = { 'rich', \"torch[cpu]>=2\" } }\n";
  auto parsed = python::parse_requirement("torch[cpu]>=2", {"Buildfile.lua", 1, 55});
  REQUIRE(parsed);
  work.decl("api").requirements.push_back(*parsed);
  work.installed("api", "torch", "2.5.1");
  Outcome outcome = work.check("unpinned");
  REQUIRE(outcome.findings.size() == 1);
  REQUIRE(outcome.findings[0].fix);
  CHECK(outcome.findings[0].fix->column == 56);
  CHECK(outcome.findings[0].fix->before == "torch[cpu]>=2");
  CHECK(outcome.findings[0].fix->after == "torch[cpu]==2.5.1");
}

TEST_CASE("floating_tag: a tag without a digest in the Buildfile or the lock") {
  LintWorkspace work;
  work.tier("web", "python:3.11-slim");
  work.service("api", "web");
  Outcome outcome = work.check("floating_tag");
  CHECK(texts(outcome.findings) == "Buildfile.lua:1:1 'python:3.11-slim' can be moved to another image\n");
  work.service("db", "postgres:latest");
  outcome = work.check("floating_tag");
  CHECK(texts(outcome.findings) ==
        "Buildfile.lua:1:1 'python:3.11-slim' can be moved to another image\n"
        "Buildfile.lua:3:1 'postgres:latest' is whatever was pushed last\n");
  CHECK(outcome.findings[0].targets.size() == 2);
  Digest digest = Digest::of("x");
  work.project.lock.bases["docker.io/library/python:3.11-slim"] = digest;
  work.project.lock.bases["docker.io/library/postgres:latest"] = digest;
  CHECK(work.check("floating_tag").findings.empty());
}
