#include "lua/host/workspace.hpp"

using namespace tierbuild;
using namespace tierbuild::test;

TEST_CASE("a tier and a service carry their fields") {
  Workspace workspace(R"(
workspace 'acme' {}
local base = tier 'base' { from = 'python:3.12-slim', workdir = '/app', env = { A = '1' }, expose = { 8000, '53/udp' } }
service 'web' { from = base, doc = 'The site', cmd = { 'python', '-m', 'web' }, user = 1000, budget = '200MB',
  labels = { vendor = 'Acme', at = stamp.time }, tags = { 'v1', stamp.git.short }, volumes = { '/data' },
  check = { 'true' }, build_env = { X = 'y' }, push = false }
)");
  const auto& project = workspace.project();
  REQUIRE(project.workspace.name == "acme");
  REQUIRE(project.workspace.root == workspace.path());
  REQUIRE(project.targets.size() == 2);
  const auto& base = target(project, "base");
  REQUIRE(base.kind == graph::TargetKind::tier);
  REQUIRE(std::get<project::NamedBase>(base.from->base).name == "python:3.12-slim");
  REQUIRE(base.config.workdir == "/app");
  REQUIRE(base.config.exposed == std::set<std::string>{"53/udp", "8000/tcp"});
  const auto& web = target(project, "web");
  REQUIRE(std::get<project::NamedBase>(web.from->base).name == "tier:base");
  REQUIRE(web.config.user == "1000");
  REQUIRE(web.config.cmd == std::vector<std::string>{"python", "-m", "web"});
  REQUIRE(web.budget == 200'000'000);
  REQUIRE_FALSE(web.push);
  REQUIRE(web.config.labels.at("at") == "\x1ftime\x1f");
  REQUIRE(web.tags.size() == 2);
  REQUIRE(web.where.str() == "Buildfile.lua:4:1");
  REQUIRE(web.from->where.str() == "Buildfile.lua:4:17");
}

TEST_CASE("targets keep the order of their declaration") {
  Workspace workspace("for _, n in ipairs { 'c', 'a', 'b' } do service(n) { from = 'x:1' } end");
  const auto& project = workspace.project();
  REQUIRE(project.targets[0].name == "c");
  REQUIRE(project.targets[2].name == "b");
}

TEST_CASE("names may be used before they are declared, in any file") {
  Workspace workspace("include 'services/*/Buildfile.lua'\ntier 'base' { from = 'x:1' }\n");
  workspace
      .file("services/a/Buildfile.lua", "service 'a' { from = 'base', copy = { { 'src', to = '/app' } } }")
      .file("services/a/src/main.py", "");
  const auto& project = workspace.project();
  const auto& a = target(project, "a");
  REQUIRE(a.where.file == "services/a/Buildfile.lua");
  const auto& copy = op<project::CopyStep>(a.copy.at(0));
  REQUIRE(std::get<project::PathValue>(copy.items.at(0).source).path ==
          (workspace.path() / "services/a/src").string());
}

TEST_CASE("the user table adds a user and runs as it") {
  Workspace workspace("service 'a' { from = 'x:1', user = { 'app', uid = 1000, gid = 1001 } }");
  const auto& a = target(workspace.project(), "a");
  REQUIRE(a.config.user == "app");
  const auto& user = op<project::UserStep>(a.user.at(0));
  REQUIRE(user.uid == 1000u);
  REQUIRE(user.gid == 1001u);
}

TEST_CASE("copy takes files, texts, images and lists") {
  Workspace workspace(R"(
local base = tier 'base' { from = 'x:1' }
service 'a' { from = base, copy = {
  { 'a.txt', to = '/a', mode = '0755', owner = 'app' },
  { { 'a.txt', '//b.txt' }, to = '/both/' },
  { '/etc/os-release', from = base, to = '/os' },
  { text = 'hello', to = '/hello' },
  { files { 'src/**', exclude = { '*.pyc' } }, to = '/src' },
} }
)");
  workspace.file("a.txt", "").file("b.txt", "").file("src/x.py", "");
  const auto& copies = target(workspace.project(), "a").copy;
  REQUIRE(copies.size() == 5);
  const auto& first = op<project::CopyStep>(copies[0]).items.at(0);
  REQUIRE(first.mode == 0755u);
  REQUIRE(first.owner == "app");
  REQUIRE(op<project::CopyStep>(copies[1]).items.size() == 2);
  REQUIRE(std::get<project::ImagePath>(op<project::CopyStep>(copies[2]).items[0].source).path ==
          "/etc/os-release");
  REQUIRE(std::get<project::TextValue>(op<project::CopyStep>(copies[3]).items[0].source).text == "hello");
  const auto& files = std::get<project::FilesValue>(op<project::CopyStep>(copies[4]).items[0].source);
  REQUIRE(files.root == workspace.path());
  REQUIRE(files.exclude == std::vector<std::string>{"*.pyc"});
  REQUIRE(copies[3]->where.str() == "Buildfile.lua:7:3");
}

TEST_CASE("images are immutable values with operations on top") {
  Workspace workspace(R"(
local base = image.from 'debian:12'
local one = base:run { 'true', env = { A = 'b' }, network = true, limits = { memory = '1GB', timeout = '10m' },
  mounts = { cache.mount { target = '/c', sharing = 'locked' }, secret.mount { id = 'token' } } }
local two = one:env { PATH2 = '/x' }:workdir '/w':cmd { 'sh' }:sh { 'echo hi' }
service 'a' { from = two }
service 'b' { from = base }
)");
  const auto& project = workspace.project();
  const auto& top = *target(project, "a").from;
  const auto& shell = op<project::RunStep>(std::get<project::StepPtr>(top.ops.at(0)));
  REQUIRE(shell.argv.at(0) == "/bin/sh");
  REQUIRE(shell.argv.at(2).find("set -eu") == 0);
  const project::Image* image = &top;
  int depth = 0;
  while (const auto* below = std::get_if<project::ImagePtr>(&image->base)) {
    image = below->get();
    ++depth;
  }
  REQUIRE(depth == 5);
  REQUIRE(image == target(project, "b").from.get());
}

TEST_CASE("a step carries its mounts and limits") {
  Workspace workspace(R"(
service 'a' { from = 'x:1', steps = { run { 'make', cwd = '/src', user = 'app',
  limits = { memory = '1GiB', cpus = 1.5, pids = 10, timeout = '10m' },
  mounts = { cache.mount { target = '/c', id = 'k', sharing = 'private', uid = 5, mode = '0700' },
    secret.mount { id = 'token', env = 'TOKEN', version = '2' }, tmpfs.mount { target = '/t', size = '1MB' },
    ssh.mount {}, bind.mount { from = 'Buildfile.lua', target = '/b' } } } } }
)");
  const auto& run = op<project::RunStep>(target(workspace.project(), "a").steps.at(0));
  REQUIRE(run.limits.memory == 1u << 30);
  REQUIRE(run.limits.timeout_ms == 600'000);
  REQUIRE(run.mounts.size() == 5);
  REQUIRE(run.mounts[0].mount.sharing == graph::Sharing::private_);
  REQUIRE(run.mounts[0].mount.mode == 0700);
  REQUIRE(run.mounts[1].mount.env == "TOKEN");
  REQUIRE(run.mounts[1].mount.target.empty());
  REQUIRE(run.mounts[2].mount.size == 1'000'000);
  REQUIRE(run.mounts[3].mount.id == "default");
  REQUIRE(run.mounts[4].from.has_value());
}

TEST_CASE("layers are made of files, builds, trees and differences") {
  Workspace workspace(R"(
local builder = image.from 'gcc:13'
service 'a' { from = image.scratch(), layers = {
  layer.files { { 'Buildfile.lua', to = '/b' } },
  layer.build 'talib' { on = builder, src = 'Buildfile.lua', sh = 'make install DESTDIR=$OUT' },
  builder:tree '/usr/lib',
  builder:run { 'x' }:diff(builder) } }
)");
  const auto& layers = target(workspace.project(), "a").layers;
  REQUIRE(layers.size() == 4);
  const auto& build = op<project::RunStep>(layers[1]);
  REQUIRE(build.out == "/out");
  REQUIRE(build.env.at("OUT") == "/out");
  REQUIRE(layers[1]->label == "talib");
  REQUIRE(op<project::TreeStep>(layers[2]).to == "/usr/lib");
  REQUIRE(op<project::DiffStep>(layers[3]).base != nullptr);
}

TEST_CASE("registries, groups, platforms and args are carried") {
  Workspace workspace(R"(
registry 'ghcr.io/acme' { tags = { 'latest' }, mirror = { ['docker.io'] = 'h/proxy' }, compression = 'zstd' }
platforms { 'linux/amd64', 'linux/arm64' }
local cuda = arg 'cuda' { '12.4', doc = 'toolkit', choices = { '12.4', '12.5' } }
local jobs = arg 'jobs' { 4 }
local s = service 'a' { from = 'nvidia/cuda:' .. cuda, env = { JOBS = tostring(jobs + 1) } }
group 'all' { 'tier:*', s }
)");
  workspace.options.args = {{"cuda", "12.5"}, {"jobs", "7"}};
  const auto& project = workspace.project();
  REQUIRE(project.registries.at(0).mirror.at("docker.io").at(0) == "h/proxy");
  REQUIRE(project.platforms.size() == 2);
  REQUIRE(project.args.at(0).value == "12.5");
  REQUIRE(std::get<project::NamedBase>(target(project, "a").from->base).name == "nvidia/cuda:12.5");
  REQUIRE(target(project, "a").config.env.at("JOBS") == "8");
  REQUIRE(project.groups.at(0).members == std::vector<std::string>{"tier:*", "service:a"});
}

TEST_CASE("the root of the workspace may be above the Buildfile") {
  Workspace workspace;
  workspace.file(
      "docker/Buildfile.lua",
      "workspace 'fks' { root = '..' }\nservice 'a' { from = 'x:1', copy = { { '//api/src', to = '/s' } } }");
  workspace.file("api/src/x", "");
  workspace.options.file = workspace.path() / "docker/Buildfile.lua";
  const auto& project = workspace.project();
  REQUIRE(project.workspace.root == workspace.path());
  REQUIRE(project.targets[0].where.str() == "docker/Buildfile.lua:2:1");
}

TEST_CASE("by_arch answers for the platform") {
  Workspace workspace("service 'a' { from = by_arch { amd64 = 'x:amd', arm64 = 'x:arm' } }");
  workspace.options.platform = {"linux", "arm64", ""};
  REQUIRE(std::get<project::NamedBase>(target(workspace.project(), "a").from->base).name == "x:arm");
}

TEST_CASE("what evaluation read is listed") {
  Workspace workspace(
      "local v = read 'version.txt'\nlocal g = glob 'src/*.py'\nlocal e = exists 'no'\n"
      "service(v) { from = 'x:1', env = { N = tostring(#g) } }");
  workspace.file("version.txt", "v1").file("src/a.py", "").file("src/b.py", "");
  const auto& project = workspace.project();
  REQUIRE(project.targets[0].name == "v1");
  REQUIRE(project.targets[0].config.env.at("N") == "2");
  REQUIRE(project.reads == std::vector<std::string>{"exists no", "exists tierbuild.lock", "glob src/*.py",
                                                    "read Buildfile.lua", "read version.txt"});
}

TEST_CASE("data files become tables") {
  Workspace workspace(R"(
local j, y, m = json.read 'a.json', yaml.read 'a.yaml', toml.read 'a.toml'
service 'a' { from = 'x:1', env = { J = j.list[2], Y = y.map.key, M = m.tool.name, N = tostring(j.n), Q = y.quoted } }
)");
  workspace.file("a.json", R"({"list": ["a", "b"], "n": 3, "none": null})")
      .file("a.yaml", "map:\n  key: value\nquoted: '12'\n")
      .file("a.toml", "[tool]\nname = 'tb'\n");
  const auto& env = target(workspace.project(), "a").config.env;
  REQUIRE(env.at("J") == "b");
  REQUIRE(env.at("Y") == "value");
  REQUIRE(env.at("M") == "tb");
  REQUIRE(env.at("N") == "3");
  REQUIRE(env.at("Q") == "12");
}

TEST_CASE("lint and exports are accepted") {
  Workspace workspace(R"(
lint { base_duplicate = 'error', python_version = { 'warn', want = '3.11' } }
lint.rule 'mine' { on = 'service', function(s, report) end }
export.github '.github/workflows/x.yml' { build = 'tier:*', on = { push = 'main' }, plan = 'changed', push = true }
export.compose 'docker-compose.yml' {}
)");
  REQUIRE(workspace.project().exports.size() == 2);
}
