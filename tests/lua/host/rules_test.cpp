#include "lua/host/workspace.hpp"

using namespace tierbuild;
using namespace tierbuild::test;

TEST_CASE("a rule declares services from parameters, and other fields are merged over its body") {
  Workspace workspace(R"(
local base = tier 'base' { from = 'x:1' }
local svc = rule 'svc' {
  params = { on = t.tier, port = t.port:opt(8000), names = t.list(t.string):opt {} },
  function(p)
    table.insert(p.names, p.name)
    return { from = p.on, env = { NAME = table.concat(p.names, ','), A = 'rule' }, expose = { p.port },
             cmd = { 'python', p.name } }
  end,
}
svc 'one' { on = base, env = { A = 'own' }, expose = { 9000 }, cmd = { 'sh' } }
svc 'two' { on = base, port = 1234, expose = replace { 1 } }
)");
  const auto& project = workspace.project();
  const auto& one = target(project, "one");
  REQUIRE(one.config.env == std::map<std::string, std::string>{{"A", "own"}, {"NAME", "one"}});
  REQUIRE(one.config.exposed == std::set<std::string>{"8000/tcp", "9000/tcp"});
  REQUIRE(one.config.cmd == std::vector<std::string>{"sh"});
  REQUIRE(one.where.str() == "Buildfile.lua:11:1");
  const auto& two = target(project, "two");
  REQUIRE(two.config.env.at("NAME") == "two");  // the default list is not shared
  REQUIRE(two.config.exposed == std::set<std::string>{"1/tcp"});
}

TEST_CASE("a rule may declare tiers and call rules") {
  Workspace workspace(R"(
local flavour = rule 'flavour' { kind = 'tier', function(p) return { from = 'x:1' } end }
local pair = rule 'pair' { function(p) return { from = flavour(p.name .. '-base') {} } end }
pair 'a' {}
)");
  const auto& project = workspace.project();
  REQUIRE(target(project, "a-base").kind == graph::TargetKind::tier);
  REQUIRE(std::get<project::NamedBase>(target(project, "a").from->base).name == "tier:a-base");
}

TEST_CASE("paths of a rule's body belong to the file that declares the service") {
  Workspace workspace("include 'services/a/Buildfile.lua'");
  workspace
      .file("build/rules.lua",
            "return rule 'r' { function(p) return { from = 'x:1', copy = { { 'src', to = '/s' } }, env = { V "
            "= read 'v' } } end }")
      .file("services/a/Buildfile.lua", "require 'build.rules' 'a' {}")
      .file("services/a/src/x", "")
      .file("services/a/v", "7");
  const auto& a = target(workspace.project(), "a");
  REQUIRE(a.config.env.at("V") == "7");
}

TEST_CASE("defaults lie under every target, wherever they stand") {
  Workspace workspace(R"(
service 'a' { from = 'x:1', env = { A = 'own' } }
defaults { image = 'fks:{name}-latest', env = { A = 'default', B = 'default' }, expose = { 1 } }
)");
  const auto& a = target(workspace.project(), "a");
  REQUIRE(a.image == "fks:{name}-latest");
  REQUIRE(a.config.env == std::map<std::string, std::string>{{"A", "own"}, {"B", "default"}});
}

TEST_CASE("a module is run once") {
  Workspace workspace("local a, b = require 'm', require 'm'\nassert(a == b)\nassert(a.x == 1)");
  workspace.file("m.lua", "tier 'once' { from = 'x:1' }\nreturn { x = 1 }");
  REQUIRE(workspace.project().targets.size() == 1);
}

TEST_CASE("handles are found again as keys of tables, and pairs visits them as declared") {
  Workspace workspace(R"(
local z = tier 'z' { from = 'x:1' }
local a = tier 'a' { from = 'x:1' }
local order = {}
for on, names in pairs { [a] = 'two', [z] = 'one', k = 'zero', [3] = 'three', [1] = 'first' } do table.insert(order, names) end
local same = rule 'same' { params = { on = t.tier }, function(p) assert(p.on == z); return { from = p.on } end }
same 's' { on = z }
service 'order' { from = z, doc = table.concat(order, ' ') }
)");
  REQUIRE(target(workspace.project(), "order").doc == "first three zero one two");
}
