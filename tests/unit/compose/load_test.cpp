#include "compose/load.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::compose;
using document::Node;

namespace {

using Files = std::map<std::string, std::string>;

ReadFile reader(const Files& files) {
  return [&files](const std::string& path) -> Result<std::string> {
    auto found = files.find(path);
    if (found == files.end()) return Error::make(Code::not_found, "there is no file '{}'", path);
    return found->second;
  };
}

Project load_all(const Files& files, std::vector<std::string> names = {"/p/compose.yaml"},
                 Environment environment = {}) {
  Options options;
  options.files = std::move(names);
  options.environment = std::move(environment);
  auto project = load(options, reader(files));
  if (!project) FAIL(project.error().str() + " " + project.error().where().str());
  return std::move(project).value();
}

Error load_error(const Files& files, Environment environment = {}) {
  Options options;
  options.files = {"/p/compose.yaml"};
  options.environment = std::move(environment);
  auto project = load(options, reader(files));
  REQUIRE_FALSE(project);
  return project.error();
}

// `services.a.build.args.X`: the text there, or nothing.
std::optional<std::string> at(const Project& project, const std::string& service,
                              std::initializer_list<const char*> path) {
  const Service* found = project.find(service);
  REQUIRE(found != nullptr);
  const Node* node = &found->node;
  for (const char* name : path)
    if ((node = node->find(name)) == nullptr) return std::nullopt;
  std::string text = node->text;
  for (const Node& item : node->items) text += (text.empty() ? "" : " ") + item.text;
  return text;
}

}  // namespace

TEST_CASE("variables of compose files are replaced in all their forms", "[compose]") {
  Environment environment = {{"A", "1"}, {"E", ""}};
  std::vector<std::string> unset;
  auto filled = [&](std::string_view text) {
    auto done = interpolate(
        text,
        [&](const std::string& name) -> std::optional<std::string> {
          auto found = environment.find(name);
          return found == environment.end() ? std::nullopt : std::optional(found->second);
        },
        [&](const std::string& name) { unset.push_back(name); });
    return done ? *done : "error: " + done.error().message();
  };
  CHECK(filled("$A-${A}x$$A$${A}") == "1-1x$A${A}");
  CHECK(filled("${E:-d}${E-d}${N:-d}${N-d}") == "ddd");
  CHECK(filled("${E:+y}${E+y}${N+y}${A:+${A}y}") == "y1y");
  CHECK(filled("${N:-${M:-$A}}") == "1");
  CHECK(unset.empty());
  CHECK(filled("[$N]") == "[]");
  CHECK(unset == std::vector<std::string>{"N"});
  CHECK(filled("${E:?is missing}") == "error: the variable 'E' is missing: is missing");
  CHECK(filled("${E?x}") == "");
  CHECK(filled("${N?}") == "error: the variable 'N' is missing");
  for (const char* text : {"$", "${", "${}", "$1", "${A!}", "${A:}"})
    CHECK(filled(text).starts_with("error: "));
}

TEST_CASE("env files are read as docker reads them", "[compose]") {
  auto entries = read_env(
      "# a comment\n"
      "A=1 # and more\n"
      "export B = two words \n"
      "C='$A \\'q\\''\n"
      "D=\"x\\ny $A ${Z:-z} \\$A\"\n"
      "E: yes\n"
      "\n"
      "F=\n"
      "G\n"
      "H\n"
      "I=\"two\nlines\"\n"
      "J=a#b\n",
      ".env", [](const std::string& name) -> std::optional<std::string> {
        return name == "G" ? std::optional<std::string>("given") : std::nullopt;
      });
  REQUIRE(entries);
  std::map<std::string, std::optional<std::string>> all(entries->begin(), entries->end());
  CHECK(all["A"] == "1");
  CHECK(all["B"] == "two words");
  CHECK(all["C"] == "$A 'q'");
  CHECK(all["D"] == "x\ny 1 z $A");
  CHECK(all["E"] == "yes");
  CHECK(all["F"] == "");
  CHECK(all["G"] == "given");
  CHECK(all["H"] == std::nullopt);
  CHECK(all["I"] == "two\nlines");
  CHECK(all["J"] == "a#b");
  auto none = [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
  CHECK(read_env("A=1\nB='x\n", ".env", none).error().where() == Location{".env", 2, 1});
  CHECK(read_env("A B\n", ".env", none).error().message() == "'A B' is no name of a variable");
}

TEST_CASE("short forms become the long ones, with absolute paths", "[compose]") {
  Project project =
      load_all({{"/p/compose.yaml",
                 "services:\n"
                 "  a: { build: ./dir }\n"
                 "  b:\n"
                 "    build:\n"
                 "      context: https://example.org/x.git\n"
                 "      args: [X=1=2]\n"
                 "      labels: { l: 1 }\n"
                 "      additional_contexts: [up=../up, img=docker-image://alpine, s=service:a]\n"
                 "      extra_hosts: ['h:::1', 'k=10.0.0.1']\n"
                 "      ssh: [default, k=keys/id]\n"}});
  CHECK(at(project, "a", {"build", "context"}) == "/p/dir");
  CHECK(at(project, "b", {"build", "context"}) == "https://example.org/x.git");
  CHECK(at(project, "b", {"build", "args", "X"}) == "1=2");
  CHECK(at(project, "b", {"build", "additional_contexts", "up"}) == "/up");
  CHECK(at(project, "b", {"build", "additional_contexts", "img"}) == "docker-image://alpine");
  CHECK(at(project, "b", {"build", "additional_contexts", "s"}) == "service:a");
  CHECK(at(project, "b", {"build", "extra_hosts", "h"}) == "::1");
  CHECK(at(project, "b", {"build", "extra_hosts", "k"}) == "10.0.0.1");
  CHECK(at(project, "b", {"build", "ssh", "k"}) == "/p/keys/id");
  CHECK(project.name == "p");
}

TEST_CASE("arguments without a value come from the service, then from the project", "[compose]") {
  Project project = load_all({{"/p/compose.yaml",
                               "services:\n"
                               "  a:\n"
                               "    build: { context: ., args: [OWN, FILE, DOT, OS, NONE] }\n"
                               "    environment: { OWN: own, OS: }\n"
                               "    env_file: [a.env, { path: no.env, required: false }]\n"},
                              {"/p/a.env", "FILE=file\nOWN=other\n"},
                              {"/p/.env", "DOT=dot\nOS=dot\n"}},
                             {"/p/compose.yaml"}, {{"OS", "os"}});
  CHECK(at(project, "a", {"build", "args", "OWN"}) == "own");
  CHECK(at(project, "a", {"build", "args", "FILE"}) == "file");
  CHECK(at(project, "a", {"build", "args", "DOT"}) == "dot");
  CHECK(at(project, "a", {"build", "args", "OS"}) == "os");
  CHECK(at(project, "a", {"build", "args", "NONE"}) == std::nullopt);
}

TEST_CASE("an override file is laid above", "[compose]") {
  Project project = load_all({{"/p/compose.yaml",
                               "name: Base\n"
                               "services:\n"
                               "  a:\n"
                               "    image: one\n"
                               "    build: { context: ., args: { X: 1, Y: 1 }, tags: [t, u], target: t }\n"},
                              {"/p/over.yaml",
                               "services:\n"
                               "  a:\n"
                               "    image: two\n"
                               "    build: { args: [Y=2], tags: [u, v], target: !reset null }\n"
                               "  b: { build: b }\n"}},
                             {"/p/compose.yaml", "/p/over.yaml"});
  CHECK(at(project, "a", {"image"}) == "two");
  CHECK(at(project, "a", {"build", "args", "X"}) == "1");
  CHECK(at(project, "a", {"build", "args", "Y"}) == "2");
  CHECK(at(project, "a", {"build", "tags"}) == "t u v");
  CHECK(at(project, "a", {"build", "target"}) == std::nullopt);
  CHECK(at(project, "b", {"build", "context"}) == "/p/b");
  CHECK(project.name == "base");

  Project replaced = load_all({{"/p/compose.yaml", "services: { a: { build: { tags: [t], context: . } } }"},
                               {"/p/over.yaml", "services: { a: { build: { tags: !override [v] } } }"}},
                              {"/p/compose.yaml", "/p/over.yaml"});
  CHECK(at(replaced, "a", {"build", "tags"}) == "v");
}

TEST_CASE("services extend others, of this file and of another", "[compose]") {
  Files files = {{"/p/compose.yaml",
                  "services:\n"
                  "  a: { extends: b, build: { args: { X: a } } }\n"
                  "  b: { extends: { service: c, file: sub/common.yaml } }\n"},
                 {"/p/sub/common.yaml",
                  "services:\n"
                  "  c: { extends: d, build: { args: { X: c, Z: c } } }\n"
                  "  d: { build: { context: ., dockerfile: D } }\n"}};
  Project project = load_all(files);
  CHECK(at(project, "a", {"build", "context"}) == "/p/sub");
  CHECK(at(project, "a", {"build", "dockerfile"}) == "D");
  CHECK(at(project, "a", {"build", "args", "X"}) == "a");
  CHECK(at(project, "a", {"build", "args", "Z"}) == "c");
  CHECK(at(project, "a", {"extends"}) == std::nullopt);

  Error circle = load_error({{"/p/compose.yaml", "services:\n  a: { extends: b }\n  b: { extends: a }\n"}});
  CHECK(circle.message() == "service 'a' extends itself");
  Error none = load_error({{"/p/compose.yaml", "services:\n  a: { extends: b }\n"}});
  CHECK(none.message() == "'/p/compose.yaml' has no service 'b' to extend");
  CHECK(none.where() == Location{"/p/compose.yaml", 2, 17});
}

TEST_CASE("files are included with their own directory and .env", "[compose]") {
  Files files = {
      {"/p/compose.yaml",
       "include: [sub/compose.yaml, { path: [other.yaml], project_directory: there, env_file: my.env }]\n"
       "services: { a: { build: . } }\n"},
      {"/p/sub/compose.yaml", "services: { b: { build: x, image: '$V-$W' } }\n"},
      {"/p/other.yaml", "services: { c: { build: x, image: $V } }\n"},
      {"/p/sub/.env", "V=sub\nW=sub\n"},
      {"/p/my.env", "V=mine\n"},
      {"/p/.env", "W=parent\n"}};
  Project project = load_all(files);
  CHECK(at(project, "b", {"build", "context"}) == "/p/sub/x");
  CHECK(at(project, "b", {"image"}) == "sub-parent");
  CHECK(at(project, "c", {"build", "context"}) == "/p/there/x");
  CHECK(at(project, "c", {"image"}) == "mine");

  CHECK(load_error({{"/p/compose.yaml", "include: [compose.yaml]\n"}}).message() ==
        "'/p/compose.yaml' includes itself");
  Error twice = load_error({{"/p/compose.yaml", "include: [b.yaml]\nservices: { a: { build: . } }\n"},
                            {"/p/b.yaml", "services: { a: { build: x } }\n"}});
  CHECK(twice.code() == Code::exists);
}

TEST_CASE("what is wrong in a compose file has a place", "[compose]") {
  auto message = [](const std::string& text) {
    Error error = load_error({{"/p/compose.yaml", text}});
    CHECK(error.where().line == 2);
    return error.message();
  };
  CHECK(message("services:\n  a: { biuld: . }\n") == "service 'a' has no key 'biuld'");
  CHECK(message("services:\n  a: { build: { contxt: . } }\n") ==
        "'build' of service 'a' has no key 'contxt'");
  CHECK(message("x-y: 1\nservice: {}\n") == "a compose file has no key 'service'");
  CHECK(message("services:\n  a: { image: '${X:?no}' }\n") == "the variable 'X' is missing: no");
  CHECK(message("services:\n  a: { build: { args: 1 } }\n") == "'args' takes a map or a list, not a number");
  CHECK(load_error({{"/p/compose.yaml", "services: {}\n"}}).message() == "the file has no services");
  CHECK(load_error({}).code() == Code::not_found);
}

TEST_CASE("what is old or unset in a compose file gives a warning", "[compose]") {
  Project project =
      load_all({{"/p/compose.yaml", "version: '3'\nservices: { a: { build: ., image: 'x$Y$Y' } }\n"}});
  REQUIRE(project.warnings.size() == 2);
  CHECK(project.warnings[0].message() == "the variable 'Y' is not set: it counts as empty");
  CHECK(project.warnings[1].where() == Location{"/p/compose.yaml", 1, 10});
}

TEST_CASE("develop.watch is kept", "[compose]") {
  Project project = load_all({{"/p/compose.yaml",
                               "services:\n"
                               "  a:\n"
                               "    build: .\n"
                               "    develop:\n"
                               "      watch:\n"
                               "        - { action: sync, path: ./src, target: /app, ignore: [x/] }\n"
                               "        - { action: rebuild, path: go.mod }\n"}});
  const std::vector<Watch>& watch = project.find("a")->watch;
  REQUIRE(watch.size() == 2);
  CHECK(watch[0].path == "/p/src");
  CHECK(watch[0].ignore == std::vector<std::string>{"x/"});
  CHECK(watch[1].action == "rebuild");
}
