// Packages of Python: what lists hold, what is subtracted, and which steps install them.
#include "lua/host/workspace.hpp"

using namespace tierbuild;
using namespace tierbuild::test;

namespace {

const project::RunStep& run_of(const project::StepPtr& step) {
  return op<project::RunStep>(step);
}
const std::string& script(const project::StepPtr& step) {
  return run_of(step).argv.back();
}
bool holds(const project::StepPtr& step, std::string_view text) {
  return script(step).find(text) != std::string::npos;
}
// The text that is mounted there.
std::string mounted(const project::StepPtr& step, const std::string& target) {
  for (const project::MountValue& mount : run_of(step).mounts)
    if (mount.mount.target == target && mount.from)
      if (const auto* text = std::get_if<project::TextValue>(&*mount.from)) return text->text;
  FAIL("nothing is mounted on " << target);
  return {};
}
std::string requirements(const project::StepPtr& step) {
  return mounted(step, "/run/tierbuild/requirements.txt");
}
std::vector<std::string> installed(const project::TargetDecl& target) {
  std::vector<std::string> texts;
  for (const auto& entry : target.requirements) texts.push_back(entry.text());
  return texts;
}
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("pip makes one layer of plain requirements and one of each list") {
  Workspace workspace(
      "service 'a' { from = 'x:1', pip = { 'redis', { 'torch', index = 'https://i' }, 'flask==3' } }");
  const auto& a = target(workspace.project(), "a");
  REQUIRE(a.pip.size() == 2);
  REQUIRE(requirements(a.pip[0]) == "flask==3\nredis\n");
  REQUIRE(requirements(a.pip[1]) == "torch\n");
  REQUIRE_FALSE(holds(a.pip[0], "--index-url"));
  REQUIRE(holds(a.pip[1], "--index-url=https://i"));
  REQUIRE(installed(a) == Texts{"flask==3", "redis", "torch"});
  REQUIRE(a.requirements[0].where.str() == "Buildfile.lua:1:80");
  REQUIRE(a.pip[0]->where.str() == "Buildfile.lua:1:29");
}

TEST_CASE("an option cannot be smuggled in as a requirement") {
  Workspace workspace("service 'a' { from = 'x:1', pip = { '--index-url=https://evil' } }");
  REQUIRE(workspace.only_error() == "E045");
  REQUIRE(workspace.failure.errors[0].where().str() == "Buildfile.lua:1:37");
}

TEST_CASE("a file is a list of values with their places") {
  Workspace workspace(R"(
local r = python.requirements 'svc/requirements.txt'
assert(table.concat(r:names(), ' ') == 'httpx pydantic uvicorn')
local u = r.Uvicorn
assert(u.spec == '==0.37.0' and u.extras[1] == 'standard' and u.pinned and not u.marker)
assert(u.at == 'svc/requirements.txt:2:1' and #u.via == 0)
assert(r.httpx.via[1] == 'svc/requirements.txt:1:4' and not r.httpx.pinned)
assert(r.pydantic.marker == "python_version >= '3.8'")
assert(r.missing == nil)
service 'a' { from = 'x:1', pip = r }
)");
  workspace.file("svc/requirements.txt", "-r ../base.txt  # shared\nuvicorn[standard]==0.37.0\n");
  workspace.file("base.txt", "pydantic==2; python_version >= '3.8'\nhttpx>=0.2\n");
  const auto& a = target(workspace.project(), "a");
  REQUIRE(requirements(a.pip.at(0)) ==
          "httpx>=0.2\npydantic==2; python_version >= '3.8'\nuvicorn[standard]==0.37.0\n");
  REQUIRE(a.requirements[2].where.str() == "svc/requirements.txt:2:1");
  REQUIRE(a.requirements[0].via.size() == 1);
}

TEST_CASE("a comment or another order of lines changes no step") {
  auto step = [](const char* text) {
    Workspace workspace("service 'a' { from = 'x:1', pip = python.requirements 'r.txt' }");
    workspace.file("r.txt", text);
    project::StepPtr made = target(workspace.project(), "a").pip.at(0);
    return script(made) + requirements(made);
  };
  REQUIRE(step("b==2\na==1\n") == step("# why\na==1 # one\n\nb==2\nA==1"));
  REQUIRE(step("b==2\na==1\n") != step("b==2\na==1.1\n"));
}

TEST_CASE("what a tier has is subtracted, whatever the order of declarations") {
  Workspace workspace(R"(
service 'a' { from = 'web', pip = python.requirements('a.txt', { subtract = 'web' }) }
tier 'web' { from = 'base', pip = { 'fastapi==0.118.0', { 'uvicorn==1' } } }
tier 'base' { from = 'python:3.11-slim', pip = python.requirements 'base.txt' }
)");
  workspace.file("base.txt", "httpx==0.26.0\n");
  workspace.file("a.txt", "-r base.txt\nfastapi==0.118.0\nuvicorn[standard]==1\nredis==5\n");
  const auto& a = target(workspace.project(), "a");
  REQUIRE(installed(a) == Texts{"redis==5", "uvicorn[standard]==1"});
}

TEST_CASE("a list that is subtracted whole makes no step") {
  Workspace workspace(R"(
local base = tier 'base' { from = 'python:3.11', pip = { 'flask==3' } }
service 'a' { from = base, pip = python.requirements('a.txt', { subtract = base }) }
)");
  workspace.file("a.txt", "flask\n");
  REQUIRE(target(workspace.project(), "a").pip.empty());
}

TEST_CASE("minus, conflicts and names answer while the file runs") {
  Workspace workspace(R"(
local base = tier 'base' { from = 'python:3.11', pip = { 'flask==3', 'redis==5' } }
local r = python.requirements 'a.txt'
local c = r:conflicts(base)
assert(#c == 1 and c[1].name == 'redis' and c[1].mine.at == 'a.txt:2:1' and c[1].theirs.spec == '==5')
assert(table.concat(r:minus(python.requirements 'b.txt'):names(), ' ') == 'flask redis')
service 'a' { from = base }
)");
  workspace.file("a.txt", "flask\nredis==4\nhttpx\n").file("b.txt", "httpx==1\n");
  workspace.project();
}

TEST_CASE("what layers install belongs to the requirements of a target") {
  Workspace workspace(R"(
local venv = python.venv { requirements = 'a.txt', on = 'python:3.12' }
service 'a' { from = 'python:3.12', layers = { venv }, pip = { 'redis' } }
service 'b' { from = 'python:3.12', layers = { venv } }
)");
  workspace.file("a.txt", "flask\n");
  const auto& a = target(workspace.project(), "a");
  REQUIRE(a.requirements.size() == 2);
  CHECK(a.requirements[0].text() == "flask");
  CHECK(a.requirements[1].text() == "redis");
  REQUIRE(target(workspace.project(), "b").requirements.size() == 1);
}

TEST_CASE("settings: index, constraints, links and dependencies") {
  Workspace workspace(R"(
workspace 'w' { constraints = 'all.txt',
  python = { version = '3.12', index = 'https://one', extra_index = { 'https://two' }, compile = true } }
service 'a' { from = 'python:3.12', pip = python.requirements('a.txt', { constraints = 'c.txt', no_deps = true,
  extra_index = 'https://three', find_links = { 'wheels', 'https://links' } }) }
)");
  workspace.file("all.txt", "numpy<2\n").file("c.txt", "attrs<30\n").file("a.txt", "--pre\nflask\n");
  workspace.file("wheels/x", "");
  const auto& a = target(workspace.project(), "a");
  const auto& step = a.pip.at(0);
  REQUIRE(mounted(step, "/run/tierbuild/constraints.txt") == "attrs<30\nnumpy<2\n");
  for (const char* word :
       {"--compile", "--index-url=https://one", "--extra-index-url=https://two",
        "--extra-index-url=https://three", "--find-links=/run/tierbuild/links/1",
        "--find-links=https://links", "--no-deps", "--pre", "--constraint=/run/tierbuild/constraints.txt"}) {
    INFO(word);
    REQUIRE(holds(step, word));
  }
  REQUIRE(a.python == "3.12");
}

TEST_CASE("uv installs where the workspace says so") {
  Workspace workspace(R"(
workspace 'w' { python = { installer = 'uv', index = 'https://i', compile = true,
  caches = { cache.mount { target = '/root/.cache/uv', id = 'mine' } } } }
service 'a' { from = 'python:3.12', pip = { 'flask' } }
)");
  const auto& step = target(workspace.project(), "a").pip.at(0);
  REQUIRE(holds(step, "\"$uv\" pip install --python \"$(command -v \"$python\")\" --index-url=https://i"));
  REQUIRE(holds(step, "--compile-bytecode"));
  REQUIRE(run_of(step).mounts.at(0).mount.id == "mine");
}

TEST_CASE("a wheel is built on the base, above a layer of what it needs") {
  Workspace workspace(R"(
local core = python.wheel '//core'
local base = tier 'base' { from = 'python:3.11-slim' }
local app = rule 'app' { function(p) return { from = base, pip = { core, python.wheel('//' .. p.name, { extras = { 'all' } }) } } end }
app 'one' { pip = { 'orjson' } }
app 'two' {}
)");
  const char* project =
      "[project]\nname = \"{}\"\ndependencies = [\"Core\", \"paho-mqtt==2.1\"]\n"
      "[project.optional-dependencies]\nall = [\"{}[x]\"]\nx = ['pyyaml']\n";
  workspace.file("core/pyproject.toml", "[project]\nname = \"core\"\ndependencies = [\"pydantic==2\"]\n");
  for (const char* name : {"one", "two"}) {
    std::string text = project;
    for (size_t at = text.find("{}"); at != std::string::npos; at = text.find("{}"))
      text.replace(at, 2, name);
    workspace.file(std::string(name) + "/pyproject.toml", text);
  }
  const auto& evaluated = workspace.project();
  const auto& one = target(evaluated, "one");
  REQUIRE(installed(one) == Texts{"orjson", "paho-mqtt==2.1", "pydantic==2", "pyyaml"});
  REQUIRE(one.requirements[1].where.str() == "one/pyproject.toml:3:26");
  REQUIRE(one.pip.size() == 2);
  REQUIRE(holds(one.pip[1], "--no-deps"));
  REQUIRE(
      holds(one.pip[1], "for file in /run/tierbuild/wheels/2/*; do set -- \"$@\" \"$file\"'[all]'; done"));
  REQUIRE_FALSE(holds(one.pip[0], "--no-deps"));
  REQUIRE(installed(target(evaluated, "two")) == Texts{"paho-mqtt==2.1", "pydantic==2", "pyyaml"});
}

TEST_CASE("a project is what it depends on") {
  Workspace workspace(R"(
service 'a' { from = 'x:1', pip = python.project('a', { extras = { 'dev' } }) }
service 'b' { from = 'x:1', pip = python.project 'b' }
)");
  workspace.file("a/pyproject.toml",
                 "[project]\nname = 'a'\ndependencies = ['flask']\noptional-dependencies.dev = ['pytest']\n");
  workspace.file("b/requirements.txt", "redis\n");
  const auto& project = workspace.project();
  REQUIRE(installed(target(project, "a")) == Texts{"flask", "pytest"});
  REQUIRE(installed(target(project, "b")) == Texts{"redis"});
}

TEST_CASE("paths in a requirements file are wheels of the workspace") {
  Workspace workspace("service 'a' { from = 'python:3', pip = python.requirements 'svc/r.txt' }");
  workspace.file("svc/r.txt", "-e ../lib[fast]\nflask\n");
  workspace.file("lib/pyproject.toml",
                 "[project]\nname = 'lib'\ndependencies = []\noptional-dependencies.fast = ['orjson']\n");
  const auto& a = target(workspace.project(), "a");
  REQUIRE(installed(a) == Texts{"flask", "orjson"});
  REQUIRE(holds(a.pip.at(1), "'[fast]'"));
}

TEST_CASE("the interpreter is python in official images and else that of the version") {
  Workspace workspace(R"(
local cuda = tier 'cuda' { from = 'nvidia/cuda:12', python = '3.11', pip = { 'flask' } }
service 'a' { from = cuda, cmd = { python.exe, 'main.py' }, steps = { python.exec { '-c', 'pass', network = true } } }
service 'b' { from = 'python:3.11-slim', python = '3.11', cmd = { python.exe } }
service 'c' { from = 'harbor.example/proxy/python:3.11@sha256:0000000000000000000000000000000000000000000000000000000000000000', python = '3.11', cmd = { python.exe } }
service 'd' { from = 'debian:12', cmd = { python.exe } }
service 'e' { from = image.from(cuda):run { python.exe, '-V' } }
)");
  const auto& project = workspace.project();
  const auto& a = target(project, "a");
  REQUIRE(*a.config.cmd == Texts{"python3.11", "main.py"});
  REQUIRE(run_of(a.steps.at(0)).argv == Texts{"python3.11", "-c", "pass"});
  REQUIRE(run_of(a.steps.at(0)).network);
  REQUIRE(a.python == "3.11");
  REQUIRE(holds(target(project, "cuda").pip.at(0), "for name in python3.11; do"));
  for (const char* name : {"b", "c", "d"}) REQUIRE(*target(project, name).config.cmd == Texts{"python"});
  const auto& image = target(project, "e").from;
  REQUIRE(run_of(std::get<project::StepPtr>(image->ops.at(0))).argv[0] == "python3.11");
}

TEST_CASE("a virtual environment and a tree are layers that tell what they hold") {
  Workspace workspace(R"(
local base = tier 'base' { from = 'python:3.11', pip = { 'flask==3' } }
local house = python.wheelhouse 'house' { on = base, requirements = glob 'r*.txt', only = 'native' }
service 'a' { from = base, steps = { python.venv { on = 'python:3.11', apt = { 'gcc' }, requirements = 'r.txt' } } }
service 'b' { from = base, pip = python.tree { on = base,
  requirements = python.requirements('r.txt', { subtract = base, find_links = house }) } }
)");
  workspace.file("r.txt", "flask\nredis\n").file("r2.txt", "httpx\n");
  const auto& project = workspace.project();
  const auto& tree = op<project::TreeStep>(target(project, "a").steps.at(0));
  REQUIRE(tree.path == "/opt/venv");
  const auto& b = target(project, "b");
  REQUIRE(std::holds_alternative<project::DiffStep>(b.pip.at(0)->op));
  REQUIRE(installed(b) == Texts{"redis"});
}

TEST_CASE("lists of a rule and of its user are joined") {
  Workspace workspace(R"(
local app = rule 'app' { function(p) return { from = 'python:3', pip = python.requirements 'r.txt' } end }
app 'a' { pip = { 'redis' } }
app 'b' { pip = replace { 'redis' } }
)");
  workspace.file("r.txt", "flask\n");
  const auto& project = workspace.project();
  REQUIRE(installed(target(project, "a")) == Texts{"flask", "redis"});
  REQUIRE(installed(target(project, "b")) == Texts{"redis"});
}

TEST_CASE("packages that an image or a layer installs belong to the target, and are subtracted above it") {
  Workspace workspace(R"(
local made = image.from('python:3.11'):with(unpack(python.install { 'torch==2.5.1' }))
local base = tier 'base' { from = made, steps = { python.venv { on = 'python:3.11', requirements = 'venv.txt' } } }
service 'a' { from = base, pip = python.requirements('a.txt', { subtract = base, constraints = 'bounds.txt' }) }
service 'b' { from = made, pip = python.requirements('a.txt', { subtract = made }) })");
  workspace.file("venv.txt", "flask==3\n").file("bounds.txt", "numpy==1.26.4\n");
  workspace.file("a.txt", "torch==2.5.1\nflask==3\nnumpy\n");
  const auto& project = workspace.project();
  REQUIRE(installed(target(project, "base")) == Texts{"torch==2.5.1", "flask==3"});
  const auto& a = target(project, "a");
  REQUIRE(installed(a) == Texts{"numpy"});
  REQUIRE(a.covered.size() == 2);
  REQUIRE(a.covered[0].where.str() == "a.txt:2:1");
  REQUIRE(a.constraints.size() == 1);
  REQUIRE(a.constraints[0].pinned());
  REQUIRE(installed(target(project, "b")) == Texts{"torch==2.5.1", "flask==3", "numpy"});
  REQUIRE(target(project, "base").steps.front()->bin == "/opt/venv/bin");
}

TEST_CASE("labels of the defaults name the target, and are left out where it says nothing") {
  Workspace workspace(R"(
defaults { labels = { title = '{name}', description = '{doc}', note = 'a {name}' } }
service 'a' { from = 'x:1', doc = 'An example' }
service 'b' { from = 'x:1' })");
  const auto& project = workspace.project();
  using Labels = std::map<std::string, std::string>;
  REQUIRE(target(project, "a").config.labels ==
          Labels{{"title", "a"}, {"description", "An example"}, {"note", "a {name}"}});
  REQUIRE(target(project, "b").config.labels == Labels{{"title", "b"}, {"note", "a {name}"}});
}
