#include "lint/commands.hpp"
#include "lint/shell_text.hpp"
#include "support.hpp"

using namespace tierbuild;
using namespace tierbuild::test;

namespace {

// What a rule says about a service whose steps are shell scripts, each in a line of its own.
std::string found(const std::string& rule, const std::vector<std::string>& scripts) {
  LintWorkspace work;
  project::TargetDecl& api = work.service("api", "debian:12");
  std::string& text = work.files["Buildfile.lua"];
  text = "service 'api' { from = 'debian:12', steps = {\n";
  work.project.reads = {"read Buildfile.lua"};
  int line = 1;
  for (const std::string& script : scripts) {
    text += "  sh { [[ " + script + " ]] },\n";
    api.steps.push_back(LintWorkspace::sh(script, ++line));
  }
  return texts(work.check(rule).findings);
}

std::vector<std::string> words(const lint::ShellCommand& command) {
  std::vector<std::string> all;
  for (const lint::ShellWord& word : command.words) all.push_back(word.text);
  return all;
}

}  // namespace

TEST_CASE("a script falls into commands; quotes, comments and here-documents do not mislead") {
  auto commands = lint::parse_shell(
      "a 'b; c' \"d && e\" # f\ng $(h | i) && j >k 2>&1 || { l; }\ncat <<EOF\nm; n\nEOF\no");
  REQUIRE(commands.size() == 6);
  CHECK(words(commands[0]) == std::vector<std::string>{"a", "b; c", "d && e"});
  CHECK(words(commands[1]) == std::vector<std::string>{"g", "$(h | i)"});
  CHECK(commands[1].next == "&&");
  CHECK(words(commands[2]) == std::vector<std::string>{"j"});
  CHECK(commands[2].redirects.size() == 2);
  CHECK(commands[3].opens);
  CHECK(words(commands[4]) == std::vector<std::string>{"cat"});
  CHECK(words(commands[5]) == std::vector<std::string>{"o"});
  for (const char* hostile : {"'", "\"", "$(", "${", "\\", "<<", ">", "((((", "a <<E"})
    lint::parse_shell(hostile);
}

TEST_CASE("installations are known by their words") {
  auto install = [](const std::string& text) { return lint::install_of(lint::parse_shell(text).at(0)); };
  CHECK(install("apt-get install -y gcc make")->packages == std::vector<std::string>{"gcc", "make"});
  CHECK(install("apt-get -qq -y install gcc")->manager == lint::Manager::apt);
  CHECK(install("DEBIAN_FRONTEND=noninteractive apt-get install gcc"));
  CHECK(install("/usr/bin/python3.11 -m pip install x")->manager == lint::Manager::pip);
  CHECK(install("pip install --no-cache-dir x")->no_cache);
  CHECK_FALSE(install("apk add --no-cache x")->no_cache);
  CHECK_FALSE(install("apt-get update"));
  CHECK_FALSE(install("echo pip install x"));
}

TEST_CASE("swallowed_failure") {
  CHECK(found("swallowed_failure", {"make test || true"}) ==
        "Buildfile.lua:2:21 a failure of 'make' is hidden by '|| true'\n");
  CHECK(found("swallowed_failure", {"make || :"}).find("'|| :'") != std::string::npos);
  CHECK(found("swallowed_failure", {"make || echo failed"}).find("'|| echo failed'") != std::string::npos);
  CHECK(found("swallowed_failure", {"make || exit 1", "make || { echo x; exit 1; }", "make; make"}).empty());
  CHECK(found("swallowed_failure", {"set +e; make"}).find("set +e") != std::string::npos);
  CHECK(found("swallowed_failure", {"pip install django>=5.2.7"}) ==
        "Buildfile.lua:2:29 '>=5.2.7' without quotes is a redirect: the version is lost\n");
  CHECK(found("swallowed_failure", {"pip install 'django>=5.2.7' > log"}).empty());
}

TEST_CASE("swallowed_failure: a shell of one's own without set -e") {
  LintWorkspace work;
  work.files["Buildfile.lua"] = "run { 'sh', '-c', 'make; make install' }\n";
  auto step = std::make_shared<project::Step>(*LintWorkspace::sh("", 1));
  std::get<project::RunStep>(step->op).argv = {"sh", "-c", "make; make install"};
  work.service("api", "debian:12").steps.push_back(step);
  CHECK(texts(work.check("swallowed_failure").findings) ==
        "Buildfile.lua:1:24 the script goes on if 'make' fails\n");
}

TEST_CASE("scripts that no file of the workspace has are the standard library's own") {
  LintWorkspace work;
  work.files["Buildfile.lua"] = "service 'api' { apt = { 'curl' } }\n";
  work.service("api", "debian:12").steps.push_back(LintWorkspace::sh("x || true", 1));
  CHECK(work.check("swallowed_failure").findings.empty());
}

TEST_CASE("cache_defeated") {
  CHECK(found("cache_defeated", {"apt-get update", "apt-get install -y curl"}) ==
        "Buildfile.lua:2:11 the package lists are kept as they were when this step ran first\n"
        "Buildfile.lua:3:11 apt-get downloads anew whenever the step runs\n");
  CHECK(found("cache_defeated", {"apt-get update && apt-get install -y curl"}) ==
        "Buildfile.lua:2:29 apt-get downloads anew whenever the step runs\n");
  CHECK(found("cache_defeated", {"pip install x==1"}) ==
        "Buildfile.lua:2:11 pip downloads anew whenever the step runs\n");
  CHECK(found("cache_defeated", {"pip install --no-cache-dir x==1"}) ==
        "Buildfile.lua:2:11 pip is told to use no cache\n");

  LintWorkspace work;
  work.files["Buildfile.lua"] = "one\nsh { 'rm -rf /var/lib/apt/lists/*' }\n";
  auto step = std::make_shared<project::Step>(*LintWorkspace::sh("rm -rf /var/lib/apt/lists/*", 2));
  project::MountValue mount;
  mount.mount.target = "/var/lib/apt/lists";
  std::get<project::RunStep>(step->op).mounts.push_back(mount);
  work.service("api", "debian:12").steps.push_back(step);
  work.decl("api").build_env["GIT_SHA"] = "abc";
  CHECK(texts(work.check("cache_defeated").findings) ==
        "Buildfile.lua:1:1 'GIT_SHA' in build_env of service 'api' runs its steps anew in every build\n"
        "Buildfile.lua:2:7 '/var/lib/apt/lists' is a cache mount, and this empties it\n");
}

TEST_CASE("layer_order and cache_defeated: code before dependencies, and all of it") {
  LintWorkspace work;
  work.files["Buildfile.lua"] =
      "x\ncopy { 'src' }\ncopy { 'requirements.txt' }\nsh { 'pip install -r requirements.txt' }\n";
  project::TargetDecl& api = work.service("api", "debian:12");
  project::StepPtr install = LintWorkspace::sh("pip install -r requirements.txt", 4);
  api.steps = {LintWorkspace::copy("/w/requirements.txt", 3), install, LintWorkspace::copy("/w/src", 2)};
  CHECK(work.check("layer_order").findings.empty());
  api.steps = {LintWorkspace::copy("/w/src", 2), install};
  CHECK(texts(work.check("layer_order").findings) ==
        "Buildfile.lua:2:1 'src' is copied before pip installs dependencies (line 4)\n");
  auto uncached = work.check("cache_defeated").findings.size();
  api.steps = {LintWorkspace::copy("/w", 2), install};
  CHECK(work.check("layer_order").findings.empty());
  CHECK(work.check("cache_defeated").findings.size() == uncached + 1);
}

TEST_CASE("build_tools_in_runtime: of a service and its tiers, declared or found in the image") {
  LintWorkspace work;
  work.tier("base", "debian:12")
      .packages.push_back(LintWorkspace::sh("apt-get install -y curl gcc libpq-dev", 7));
  work.service("api", "base");
  work.service("web", "base");
  Outcome outcome = work.check("build_tools_in_runtime");
  CHECK(texts(outcome.findings) == "Buildfile.lua:7 gcc, libpq-dev in the image of a service\n");
  CHECK(outcome.findings[0].targets == std::set<std::string>{"service:api", "service:web"});

  LintWorkspace other;
  other.service("api", "gcc:13");
  CHECK(other.check("build_tools_in_runtime").notes.size() == 1);
  for (const char* path : {"usr", "usr/bin"}) other.directory("api", path, 0755);
  other.file("api", "usr/bin/make", 0755);
  CHECK(texts(other.check("build_tools_in_runtime").findings) ==
        "Buildfile.lua:1:1 the image of service 'api' has make\n");
}
