#include "cli/compose_facts.hpp"
#include "cli/dockerfile_facts.hpp"
#include "cli/dockerfile_lines.hpp"
#include "cli/init_files.hpp"
#include "cli/init_scan.hpp"
#include "cli/init_template.hpp"
#include "cli/init_tiers.hpp"
#include "import/lua_text.hpp"
#include "support/catch.hpp"
#include "support/temp.hpp"

using namespace tierbuild;
using namespace tierbuild::cli;

using Words = std::vector<std::string>;

namespace {

bool holds(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("instructions of a Dockerfile: continuations, comments, heredocs") {
  auto all = docker_instructions(
      "# a comment\nFROM a \\\n  # in between\n\n  AS b\r\nRUN <<EOF cat <<-'TWO'\nFROM hidden\nEOF\nCMD "
      "x\nTWO\n"
      "run echo <<<here\n\tExpose 80");
  REQUIRE(all.size() == 4);
  CHECK(all[0].word == "from");
  CHECK(all[0].rest == "a AS b");
  CHECK(all[0].line == 2);
  CHECK(all[1].has_heredoc);
  CHECK(!all[2].has_heredoc);
  CHECK(all[3].word == "expose");
  CHECK(all[3].line == 12);
  CHECK(docker_instructions("# escape=`\nRUN a `\n b\\\n").at(0).rest == "a b\\");
  CHECK(docker_instructions("RUN a \\").at(0).rest == "a");
}

TEST_CASE("words and commands of a line of the shell") {
  CHECK(plain_words("a 'b c' \"d\" e\\ f''") == Words{"a", "b c", "d", "e f"});
  for (const char* line : {"a $B", "a | b", "a > b", "`x`", "a 'b", "\"$x\""})
    CHECK(plain_words(line).empty());
  CHECK(shell_commands("a 'x && y' && b; c ") == Words{"a 'x && y'", "b", "c"});
  CHECK(exec_form("[\"a\", \"b\"]") == Words{"a", "b"});
  CHECK(exec_form("[\"a\"").empty());
  CHECK(exec_form("[1]").empty());
}

TEST_CASE("facts of a Dockerfile are those of its last stage") {
  DockerFacts facts = read_dockerfile(
      "ARG V=3.12\nFROM golang:1.22 AS build\nEXPOSE 1\nRUN make\nFROM --platform=linux/amd64 "
      "python:${V}-slim as base\n"
      "ENV A=1 B='two words'\nENV C three words\nWORKDIR /app\nFROM base\nWORKDIR src\nENV A=2 P=$PATH\n"
      "RUN apt-get update && apt-get install -y curl git && rm -rf /var/lib/apt/lists/*\n"
      "RUN pip install --no-cache-dir -r requirements.txt && pip install flask==3.0\n"
      "RUN groupadd app && useradd -m --uid 1000 app\nUSER app:app\nCOPY --from=build /x /x\n"
      "COPY --chown=app a.py b.py ./\nCOPY c.py /opt/c.py\nEXPOSE 80/tcp 53/udp $PORT 99999\nVOLUME /data\n"
      "HEALTHCHECK --interval=10s --retries=2 CMD curl -f http://localhost:80/ || exit 1\n"
      "ENTRYPOINT [\"run\"]\nCMD serve --all\nLABEL a=b\n");
  CHECK(facts.base == "python:3.12-slim");
  CHECK(facts.env == std::vector<std::pair<std::string, std::string>>{
                         {"A", "1"}, {"B", "two words"}, {"C", "three words"}});
  CHECK(facts.workdir == "/app/src");
  CHECK(facts.apt == Words{"curl", "git"});
  CHECK(facts.requirements == Words{"requirements.txt"});
  CHECK(facts.pip == Words{"flask==3.0"});
  CHECK(facts.user == "app:app");
  CHECK(facts.added_users == std::vector<std::pair<std::string, std::string>>{{"app", "1000"}});
  REQUIRE(facts.copies.size() == 2);
  CHECK(facts.copies[0].sources == Words{"a.py", "b.py"});
  CHECK(facts.copies[0].to == "/app/src/");
  CHECK(facts.copies[0].owner == "app");
  CHECK(facts.copies[1].to == "/opt/c.py");
  CHECK(facts.ports == Words{"80", "53/udp"});
  CHECK(facts.volumes == Words{"/data"});
  REQUIRE(facts.healthcheck);
  CHECK(facts.healthcheck->shell == "curl -f http://localhost:80/ || exit 1");
  CHECK(facts.healthcheck->timing.size() == 2);
  CHECK(facts.entrypoint == Words{"run"});
  CHECK(facts.cmd == Words{"/bin/sh", "-c", "serve --all"});
  // What a Buildfile has no field for is told with its line; another stage's commands are not.
  REQUIRE(facts.left_out.size() == 3);
  CHECK(facts.left_out[0] == std::pair<int, std::string>{11, "ENV A=2 P=$PATH"});
  CHECK(facts.left_out[1].second == "COPY --from=build /x /x");
  CHECK(facts.left_out[2].second == "LABEL a=b");
}

TEST_CASE("broken Dockerfiles are no obstacle") {
  for (const char* text :
       {"", "FROM", "CMD [\"a\"", "ENV", "ENV =x", "COPY a", "HEALTHCHECK", "EXPOSE $PORT", "FROM $X", "RUN",
        "ARG", "USER", "FROM a AS", "COPY --from=x", "ENV A=${", "WORKDIR", "RUN <<A"})
    read_dockerfile(text);
  CHECK(read_dockerfile("FROM ${X}\n").base.empty());
  CHECK(read_dockerfile("FROM ${X:-alpine:3}\n").base == "alpine:3");
  CHECK(read_dockerfile("FROM debian:12 AS a\nFROM a\n").base == "debian:12");
}

TEST_CASE("services of a compose file") {
  auto services = read_compose(
      "services:\n  api:\n    build: .\n    ports: ['8080:8000', '127.0.0.1:53:53/udp', {target: 90}]\n    "
      "command: run --all\n"
      "  web:\n    build: {context: web, dockerfile: D}\n    image: x/web:latest\n  db:\n    image: pg:16\n");
  REQUIRE(services.size() == 3);
  CHECK(services[0].is_built);
  CHECK(services[0].ports == Words{"8000", "53/udp", "90"});
  CHECK(services[0].command == Words{"run", "--all"});
  CHECK(services[1].dockerfile == "D");
  CHECK(!services[2].is_built);
  for (const char* text : {"", "services: 5", "a: [", "services: {a: 1}", "- x"})
    CHECK(read_compose(text).empty());
}

TEST_CASE("components are found wherever they are") {
  test::Temp temp;
  temp.write("services/api/requirements.txt", "flask\n");
  temp.write("services/api/main.py", "");
  temp.write("services/web/package.json", R"({"scripts":{"start":"node ."}})");
  temp.write("services/web/package-lock.json", "{}");
  temp.write("services/web/src/package.json", "{}");
  temp.write("services/web/node_modules/x/package.json", "{}");
  temp.write("apps/job/pyproject.toml", "");
  temp.write("packages/core/pyproject.toml", "");
  temp.write("pyproject.toml", "");
  temp.write("services/old/Dockerfile", "FROM alpine:3.19\nEXPOSE 80\nCMD [\"old\", \"-v\"]\n");
  temp.write("docker/Dockerfile.worker", "FROM alpine:3.19\n");
  Repository found = scan_repository(temp.path());
  std::vector<std::string> names;
  for (const Component& component : found.components) names.push_back(component.name);
  REQUIRE(names == std::vector<std::string>{"job", "worker", "api", "old", "web"});
  CHECK(found.components[0].kind == ComponentKind::python_project);
  CHECK(found.components[2].facts.cmd == Words{"python", "main.py"});
  CHECK(found.components[3].facts.ports == Words{"80"});
  CHECK(found.components[4].kind == ComponentKind::node);
  CHECK(found.components[4].has_lock);
  CHECK(found.left_out.size() == 2);
}

TEST_CASE("equal names are told apart") {
  test::Temp temp;
  for (const char* path : {"apps/x/package.json", "services/x/package.json", "a/services/x/package.json"})
    temp.write(path, "{}");
  Repository found = scan_repository(temp.path());
  REQUIRE(found.components.size() == 3);
  CHECK(found.components[0].name == "x");
  CHECK(found.components[1].name == "apps-x");
  CHECK(found.components[2].name == "services-x");
}

TEST_CASE("requirements that others include become tiers, each above the one it includes") {
  test::Temp temp;
  temp.write("requirements-base.txt", "a\n");
  temp.write("requirements-ml.txt", "-r requirements-base.txt\nb\n");
  temp.write("services/one/requirements.txt", "-r ../../requirements-ml.txt # heavy\nc\n");
  temp.write("services/two/requirements.txt", "--requirement=../../requirements-base.txt\nd\n");
  temp.write("services/three/requirements.txt", "e\n");
  Repository found = scan_repository(temp.path());
  TierPlan plan = plan_tiers(found);
  REQUIRE(plan.tiers.size() == 3);
  CHECK(plan.tiers[0].name == "python");  // the image below; the requirements have the plain name
  CHECK(plan.tiers[1].name == "python-base");
  CHECK(plan.tiers[1].below == 0u);
  CHECK(plan.tiers[2].name == "python-ml");
  CHECK(plan.tiers[2].below == 1u);
  std::string text = first_buildfile(found, temp.path());
  CHECK(holds(text, "python.requirements('services/one/requirements.txt', { subtract = python_ml })"));
  CHECK(holds(text, "python.requirements('requirements-ml.txt', { subtract = python_base })"));
  CHECK(holds(text, "python.requirements('services/three/requirements.txt'),"));
  CHECK(text == first_buildfile(scan_repository(temp.path()), temp.path()));
}

TEST_CASE("requirements that include each other end") {
  test::Temp temp;
  temp.write("a.txt", "-r b.txt\n");
  temp.write("b.txt", "-r a.txt\n-r b.txt\n-r ../outside.txt\n-r missing.txt\n");
  temp.write("x/requirements.txt", "-r ../a.txt\n");
  temp.write("y/requirements.txt", "-r ../b.txt\n");
  TierPlan plan = plan_tiers(scan_repository(temp.path()));
  REQUIRE(plan.tiers.size() == 2);
  CHECK(!plan.tiers[0].below);
  CHECK(plan.tiers[1].below == 0u);
}

TEST_CASE("what all services of an image say is said once") {
  test::Temp temp;
  std::string common = "FROM debian:12\nENV A=1\nWORKDIR /w\nRUN apt-get install -y curl ";
  temp.write("a/Dockerfile", common + "git\nENV B=2\nCMD [\"a\"]\n");
  temp.write("b/Dockerfile", common + "\nCMD [\"b\"]\n");
  std::string text = first_buildfile(scan_repository(temp.path()), temp.path());
  CHECK(holds(text,
              "local debian_base = tier 'debian-base' {\n  from = 'debian:12',\n  apt = { 'curl' },\n  "
              "workdir = '/w',\n"
              "  env = { A = '1' },\n}\n"));
  CHECK(holds(text,
              "service 'a' {\n  from = debian_base,\n  apt = { 'git' },\n  env = { B = '2' },\n  cmd = { 'a' "
              "},\n}\n"));
}

TEST_CASE("guesses are marked") {
  test::Temp temp;
  temp.write("services/api/requirements.txt", "");
  std::string text = first_buildfile(scan_repository(temp.path()), temp.path());
  CHECK(holds(text, "from = 'python:3.12-slim',  -- guessed"));
  CHECK(holds(text, "-- cmd = { 'the', 'program' }"));
  temp.write("services/web/requirements.txt", "");
  temp.write(".python-version", "3.11.4\n");
  text = first_buildfile(scan_repository(temp.path()), temp.path());
  CHECK(holds(text, "tier 'python-base' {\n  from = 'python:3.11-slim',  -- from .python-version"));
}

TEST_CASE("targets of a Makefile") {
  CHECK(make_targets(
            "CC := gcc\n.PHONY: test\ntest: build\n\tpytest: x\nbuild test:\n%.o: x\nx = a:b\nbuild:\n") ==
        Words{"test", "build"});
}

TEST_CASE("names become names of targets") {
  CHECK(target_name("My App") == "my-app");
  CHECK(target_name("..x_") == "x");
  CHECK(target_name("///") == "app");
}

TEST_CASE("texts from the repository cannot leave their Lua string or comment") {
  CHECK(lua_quote("a'b\\c\nd\r") == "'a\\'b\\\\c\\nd\\013'");
  CHECK(lua_table({{"A", "1"}, {"end", "2"}, {"x-y", "3"}}, 0) ==
        "{ A = '1', ['end'] = '2', ['x-y'] = '3' }");
  CHECK(lua_comment("a\nos.exit()").find('\n') == std::string::npos);
  CHECK(lua_comment(std::string(500, 'x')).size() < 120);
  CHECK(lua_comment_item("a\nb") == "--   a b\n");
  std::string word(60, 'x');
  CHECK(lua_comment_item(word + " " + word) == "--   " + word + "\n--     " + word + "\n");
  std::string broken = lua_list(Words(40, "library"), 2);
  for (size_t start = 0, end; (end = broken.find('\n', start)) != std::string::npos; start = end + 1)
    CHECK(end - start <= 110);
}
