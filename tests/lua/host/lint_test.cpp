#include "workspace.hpp"

using namespace tierbuild;
using namespace tierbuild::test;

namespace {

bindings::LintNode node_of(const project::Project& project, const std::string& name) {
  bindings::LintNode node;
  node.target = project.find_target(name);
  REQUIRE(node.target != nullptr);
  node.config = node.target->config;
  for (const project::TargetDecl& target : project.targets)
    if (&target != node.target) node.below.push_back(&target);
  node.from = "tier:web";
  return node;
}

const char* const kHead = R"(
local web = tier 'web' { from = 'python:3.11' }
service 'api' { from = web, env = { A = '1' }, cmd = { 'x', 'y' } }
)";

std::vector<bindings::LintReport> reports(const std::string& body) {
  Workspace work(kHead + ("lint.rule 'r' { on = 'service', function(s, report) " + body + " end }"));
  const project::Project& project = work.project();
  auto found = work.evaluation->check("r", node_of(project, "api"));
  REQUIRE(found);
  return *found;
}

Error failure(const std::string& body) {
  Workspace work(kHead + ("lint.rule 'r' { on = 'service', function(s, report) " + body + " end }"));
  const project::Project& project = work.project();
  auto found = work.evaluation->check("r", node_of(project, "api"));
  REQUIRE_FALSE(found);
  return found.error();
}

}  // namespace

TEST_CASE("lint settings are kept with their places; the last one of a rule wins") {
  Workspace work(
      "lint { root_user = 'error', python_version = { 'warn', want = '3.11' } }\nlint { root_user = 'off' }");
  const project::Project& project = work.project();
  CHECK(project.lints.at("root_user").level == "off");
  CHECK(project.lints.at("root_user").where == Location{"Buildfile.lua", 2, 8});
  CHECK(project.lints.at("python_version").level == "warn");
  CHECK(project.lints.at("python_version").want == "3.11");
}

TEST_CASE("a rule sees the target and reports at it, or at a place of its own") {
  auto found = reports("report(nil, s.name .. s.kind .. s.env.A .. s.cmd[2] .. s.from)");
  REQUIRE(found.size() == 1);
  CHECK(found[0].message == "apiservice1ytier:web");
  CHECK(found[0].where == Location{"Buildfile.lua", 3, 1});
  found = reports("report('requirements.txt:7:2', 'x') report('a b/r.txt:9', 'y')");
  REQUIRE(found.size() == 2);
  CHECK(found[0].where == Location{"requirements.txt", 7, 2});
  CHECK(found[1].where == Location{"a b/r.txt", 9, 0});
}

TEST_CASE("extends takes a handle or a name, with a dot or a colon") {
  CHECK(reports("if s.extends(web) and s:extends 'web' and not s.extends 'api' then report(nil, 'yes') end")
            .size() == 1);
  CHECK(failure("s.extends 'wib'").message().find("did you mean 'web'?") != std::string::npos);
}

TEST_CASE("what a target does not have is false, and what no target has is an error") {
  CHECK(reports("if not s.user and not s.healthcheck and not s.installed then report(nil, 'none') end")
            .size() == 1);
  CHECK(failure("return s.helthcheck").message().find("did you mean 'healthcheck'?") != std::string::npos);
  CHECK(failure("s.user = 'x'").where().line == 4);
  CHECK(failure("report(1, 'x')").id() == "E017");
  CHECK(failure("report('nowhere', 'x')").id() == "E017");
  CHECK(failure("report(nil)").id() == "E017");
}

TEST_CASE("a rule is bounded as evaluation is, and its node ends with it") {
  CHECK(failure("while true do end").id() == "E008");
  CHECK(failure("service 'late' { from = 'x:1' }").id() == "E039");
}
