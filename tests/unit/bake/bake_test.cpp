#include "bake/bake.hpp"

#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::bake;
using dockerfile::Request;

namespace {

using Files = std::map<std::string, std::string>;

struct Asked {
  std::vector<std::string> names, overrides;
  compose::Environment environment = {};
};

Result<Chosen> chosen(const Files& files, const Asked& asked = {}) {
  Options options;
  for (const auto& [path, text] : files)
    if (path.find(".env") == std::string::npos) options.files.push_back(path);
  options.names = asked.names;
  options.overrides = asked.overrides;
  options.environment = asked.environment;
  options.directory = "/w";
  return choose(options, [&files](const std::string& path) -> Result<std::string> {
    auto found = files.find(path);
    if (found == files.end()) return Error::make(Code::not_found, "there is no file '{}'", path);
    return found->second;
  });
}

struct Got {
  std::map<std::string, Request> by_name;
  std::vector<std::string> order, warnings;
  std::string print;
  const Request& operator[](const std::string& name) {
    REQUIRE(by_name.contains(name));
    return by_name[name];
  }
};

Got got(const Files& files, const Asked& asked = {}) {
  auto all = chosen(files, asked);
  if (!all) FAIL(all.error().str() + " " + all.error().where().str());
  std::vector<Error> warnings = all->warnings;
  auto requests = requests_of(*all, "/w", warnings);
  if (!requests) FAIL(requests.error().str() + " " + requests.error().where().str());
  Got out;
  for (Request& request : *requests) {
    out.order.push_back(request.name);
    out.by_name[request.name] = std::move(request);
  }
  for (const Error& warning : warnings) {
    CHECK(warning.where().known());
    out.warnings.push_back(warning.message());
  }
  out.print = print(*all, "/w");
  return out;
}

Got baked(const std::string& text, const Asked& asked = {}) {
  return got({{"/w/docker-bake.json", text}}, asked);
}

Got composed(const std::string& text, const Asked& asked = {}) {
  return got({{"/p/compose.yaml", text}}, asked);
}

std::string failure(const Files& files, const Asked& asked = {}) {
  auto all = chosen(files, asked);
  if (!all) return all.error().message();
  std::vector<Error> warnings;
  auto requests = requests_of(*all, "/w", warnings);
  REQUIRE_FALSE(requests);
  return requests.error().message();
}

std::string bake_failure(const std::string& text, const Asked& asked = {}) {
  return failure({{"/w/docker-bake.json", text}}, asked);
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("each key of a compose build is read, or a warning names it", "[bake]") {
  // A value that says something, for each of the 24.
  const std::map<std::string, std::string> values = {
      {"additional_contexts", "{ x: ../x }"},
      {"args", "{ A: 1 }"},
      {"cache_from", "['type=registry,ref=r']"},
      {"cache_to", "['type=local,dest=d']"},
      {"context", "dir"},
      {"dockerfile", "D"},
      {"dockerfile_inline", "FROM x"},
      {"entitlements", "[security.insecure]"},
      {"extra_hosts", "['h=1.2.3.4']"},
      {"isolation", "process"},
      {"labels", "{ l: v }"},
      {"network", "none"},
      {"no_cache", "true"},
      {"platforms", "[linux/arm64]"},
      {"privileged", "true"},
      {"provenance", "mode=max"},
      {"pull", "true"},
      {"sbom", "true"},
      {"secrets", "[s]"},
      {"shm_size", "64m"},
      {"ssh", "[default]"},
      {"tags", "[t]"},
      {"target", "stage"},
      {"ulimits", "{ nofile: 5 }"},
  };
  CHECK(values.size() == 24);
  CHECK(build_keys().size() == 24);
  const std::string head = "secrets: { s: { environment: S } }\nservices: { a: { build: { ";
  Request plain = composed(head + "} } }\n")["a"];
  for (const BuildKey& key : build_keys()) {
    INFO(key.name);
    REQUIRE(values.contains(std::string(key.name)));
    Got with = composed(fmt::format("{}{}: {} }} }} }}\n", head, key.name, values.at(std::string(key.name))));
    bool warned =
        with.warnings.size() == 1 && (with.warnings[0].starts_with(fmt::format("'{}' of ", key.name)) ||
                                      with.warnings[0].starts_with(fmt::format("'{}' of ", key.target_key)));
    const Request& request = with["a"];
    bool honoured = request.contexts != plain.contexts || request.args != plain.args ||
                    !request.cache_from.empty() || !request.cache_to.empty() ||
                    request.context != plain.context || request.dockerfile != plain.dockerfile ||
                    request.inline_text || !request.add_hosts.empty() || request.labels != plain.labels ||
                    request.network != plain.network || request.no_cache || !request.platforms.empty() ||
                    request.pull || !request.secrets.empty() || request.shm_size != 0 ||
                    !request.ssh.empty() || request.tags != plain.tags || !request.target.empty() ||
                    !request.ulimits.empty();
    CHECK(honoured != warned);
  }
}

TEST_CASE("each key of a bake target is read, or a warning names it", "[bake]") {
  const std::map<std::string, std::string> values = {
      {"args", R"({"A": "1"})"},
      {"annotations", R"(["a=b"])"},
      {"attest", R"(["type=sbom"])"},
      {"cache-from", R"(["user/app:cache"])"},
      {"cache-to", R"([{"type": "local", "dest": "d"}])"},
      {"call", R"("check")"},
      {"context", R"("dir")"},
      {"contexts", R"({"x": "docker-image://y"})"},
      {"description", R"("text")"},
      {"dockerfile", R"("D")"},
      {"dockerfile-inline", R"("FROM x")"},
      {"entitlements", R"(["security.insecure"])"},
      {"extra-hosts", R"({"h": "1.2.3.4"})"},
      {"inherits", R"(["base"])"},
      {"labels", R"({"l": "v"})"},
      {"matrix", R"({"v": ["1"]})"},
      {"name", R"("a-1")"},
      {"network", R"("none")"},
      {"no-cache", "true"},
      {"no-cache-filter", R"(["stage"])"},
      {"output", R"(["type=docker"])"},
      {"policy", R"([{"filename": "p"}])"},
      {"platforms", R"(["linux/arm64"])"},
      {"pull", "true"},
      {"resources", R"({"cpus": 1})"},
      {"secret", R"(["id=s,src=f"])"},
      {"shm-size", R"("64m")"},
      {"ssh", R"(["default"])"},
      {"tags", R"(["t"])"},
      {"target", R"("stage")"},
      {"ulimits", R"(["nofile=1:2"])"},
  };
  CHECK(values.size() == 31);
  CHECK(target_keys().size() == 31);
  for (const TargetKey& key : target_keys()) {
    INFO(key.name);
    REQUIRE(values.contains(std::string(key.name)));
    std::string own = fmt::format("\"{}\": {}", key.name, values.at(std::string(key.name)));
    if (key.name == "matrix") own += R"(, "name": "a-1")";
    if (key.name == "name") own += R"(, "matrix": {"v": ["1"]})";
    Got with = baked(fmt::format(R"({{"target": {{"base": {{"target": "of-base"}}, "a": {{{}}}}}}})", own),
                     {{"a"}, {}});
    bool warned =
        with.warnings.size() == 1 && with.warnings[0].starts_with(fmt::format("'{}' of target ", key.name));
    CHECK(warned == (key.use == Use::ignored));
    if (key.name == "matrix" || key.name == "name") {
      CHECK(with.order == Texts{"a-1"});
      continue;
    }
    const Request& request = with["a"];
    bool honoured =
        !request.args.empty() || !request.annotations.empty() || !request.cache_from.empty() ||
        !request.cache_to.empty() || request.context != "/w" || !request.contexts.empty() ||
        !request.dockerfile.empty() || request.inline_text || !request.add_hosts.empty() ||
        !request.target.empty() || !request.labels.empty() || request.network != Request::Network::standard ||
        request.no_cache || !request.no_cache_filter.empty() || !request.outputs.empty() ||
        !request.platforms.empty() || request.pull || !request.secrets.empty() || request.shm_size != 0 ||
        !request.ssh.empty() || !request.tags.empty() || !request.ulimits.empty();
    CHECK(honoured == (key.use == Use::request || key.name == "inherits"));
    if (key.use == Use::said) CHECK(with.print.find(std::string(key.name)) != std::string::npos);
  }
}

TEST_CASE("services become requests with the names that docker gives", "[bake]") {
  Got with = composed(
      "name: shop\n"
      "services:\n"
      "  db: { image: postgres }\n"
      "  web: { build: ./web }\n"
      "  api: { image: me/api:1, build: { context: ., additional_contexts: [w=service:web] } }\n"
      "  job: { image: me/job, build: { context: ., tags: [a, b], x-bake: { tags: c } } }\n"
      "  dev: { build: ., profiles: [dev] }\n");
  CHECK(with.order == Texts{"web", "api", "job"});
  CHECK(composed("services: { a.b: { build: . } }", {{"a.b"}, {}}).order == Texts{"a_b"});
  CHECK(with["web"].tags == Texts{"shop-web"});
  CHECK(with["web"].context == "/p/web");
  CHECK(with["web"].where == Location{"/p/compose.yaml", 4, 3});
  CHECK(with["api"].tags == Texts{"me/api:1"});
  CHECK(with["api"].contexts.at("w") == "target:web");
  CHECK(with["job"].tags == Texts{"a", "b", "c"});
  CHECK(composed("services: { a: { build: ., profiles: [dev] } }", {{"a"}, {}}).order == Texts{"a"});
  CHECK(composed("services: { a: { build: ., profiles: [dev] } }", {{}, {}, {{"COMPOSE_PROFILES", "x,dev"}}})
            .order == Texts{"a"});
  CHECK(failure({{"/p/compose.yaml", "services: { a: { build: . }, db: { image: x } }"}}, {{"db"}, {}}) ==
        "there is no target 'db'");
}

TEST_CASE("x-bake adds to what build says", "[bake]") {
  Got with = composed(
      "services:\n"
      "  a:\n"
      "    build:\n"
      "      context: .\n"
      "      cache_from: [one]\n"
      "      x-bake:\n"
      "        tags: [t1, t2]\n"
      "        cache-from: two three\n"
      "        cache-to: type=inline\n"
      "        secret: id=s,src=/s\n"
      "        ssh: default\n"
      "        platforms: linux/amd64 linux/arm64\n"
      "        output: type=docker\n"
      "        pull: true\n"
      "        no-cache: true\n"
      "        no-cache-filter: stage\n"
      "        contexts: { x: docker-image://y }\n"
      "        other: 1\n");
  const Request& a = with["a"];
  CHECK(a.tags == Texts{"t1", "t2"});
  REQUIRE(a.cache_from.size() == 3);
  CHECK(a.cache_from[2].fields.at("ref") == "three");
  CHECK(a.cache_to[0].type == "inline");
  CHECK(a.secrets[0].file == "/s");
  CHECK(a.ssh[0].id == "default");
  CHECK(a.platforms.size() == 2);
  CHECK(a.outputs[0].type == "docker");
  CHECK((a.pull && a.no_cache));
  CHECK(a.no_cache_filter == Texts{"stage"});
  CHECK(a.contexts.at("x") == "docker-image://y");
  CHECK(with.warnings == Texts{"'x-bake' has no key 'other': it has no effect"});
  CHECK(x_bake_keys().size() == 11);
}

TEST_CASE("secrets of services come from the top of the file", "[bake]") {
  const std::string text =
      "secrets:\n"
      "  file: { file: ./f }\n"
      "  env: { environment: E }\n"
      "  out: { external: true }\n"
      "services:\n"
      "  a: { build: { context: ., secrets: [";
  Got with = composed(text + "file, { source: env, target: id, mode: 0400 }] } }\n");
  const Request& a = with["a"];
  REQUIRE(a.secrets.size() == 2);
  CHECK(a.secrets[0].file == "/p/f");
  CHECK(a.secrets[1].id == "id");
  CHECK(a.secrets[1].env == "E");
  CHECK(with.warnings.size() == 1);
  CHECK(failure({{"/p/compose.yaml", text + "out] } }\n"}}) ==
        "the secret 'out' has neither 'file' nor 'environment'");
  CHECK(failure({{"/p/compose.yaml", text + "none] } }\n"}}) == "the file declares no secret 'none'");
}

TEST_CASE("variables of bake files have defaults, and the environment sets them", "[bake]") {
  const std::string text = R"json({
    "REPO": "me",
    "variable": {
      "TAG": {"default": "latest"},
      "FULL": {"default": "${REPO}/app:${TAG}"},
      "SLIM": {"default": false},
      "COUNT": {"default": 2},
      "LIST": {"default": ["linux/amd64", "linux/arm64"]}
    },
    "target": {"default": {
      "tags": ["${FULL}", "${SLIM ? \"slim\" : \"fat\"}-${COUNT + 1}", "${upper(TAG)}", "$${TAG}"],
      "platforms": "${LIST}",
      "no-cache": "${SLIM}",
      "args": {"N": null, "V": "${COUNT > 1 && !SLIM}"}
    }}
  })json";
  Got plain = baked(text);
  CHECK(plain["default"].tags == Texts{"me/app:latest", "fat-3", "LATEST", "${TAG}"});
  CHECK(plain["default"].platforms.size() == 2);
  CHECK_FALSE(plain["default"].no_cache);
  CHECK(plain["default"].args == std::map<std::string, std::optional<std::string>>{{"V", "true"}});
  Got set = baked(text, {{}, {}, {{"TAG", "v1"}, {"SLIM", "1"}, {"COUNT", "5"}, {"REPO", "no"}}});
  CHECK(set["default"].tags == Texts{"me/app:v1", "slim-6", "V1", "${TAG}"});
  CHECK(set["default"].no_cache);
  CHECK(bake_failure(text, {{}, {}, {{"COUNT", "x"}}}) == "'COUNT' is a number, but the environment has 'x'");
  Got other = baked(
      R"({"target": {"a": {"tags": ["q", "r"]}, "default": {"tags": ["${target.a.tags[1]}-${target.a.name}"]}}})");
  CHECK(other["default"].tags == Texts{"r-a"});
  CHECK(bake_failure(R"({"target": {"default": {"tags": ["${target.default.tags}"]}}})") ==
        "'target.default.tags' is made of itself");
  CHECK(bake_failure(R"({"target": {"default": {"tags": ["${NO}"]}}})") == "there is no variable 'NO'");
  CHECK(bake_failure(
            R"({"variable": {"A": {"default": "${A}"}}, "target": {"default": {"tags": ["${A}"]}}})") ==
        "the variable 'A' is made of itself");
  CHECK(bake_failure(R"j({"target": {"default": {"tags": ["${timestamp()}"]}}})j") ==
        "the function 'timestamp' is not known here");
}

TEST_CASE("targets inherit, the last parent first asked", "[bake]") {
  Got with = baked(R"({"target": {
    "a": {"args": {"X": "a", "Y": "a"}, "tags": ["a"], "secret": ["id=a"], "dockerfile": "A"},
    "b": {"args": {"X": "b"}, "tags": ["b"], "secret": ["id=b"]},
    "c": {"inherits": ["a", "b"], "args": {"Z": "c"}, "secret": ["id=c"]}
  }})",
                   {{"c"}, {}});
  const Request& c = with["c"];
  CHECK(c.args.at("X") == "b");
  CHECK(c.args.at("Y") == "a");
  CHECK(c.args.at("Z") == "c");
  CHECK(c.tags == Texts{"b"});
  CHECK(c.secrets.size() == 3);
  CHECK(c.dockerfile == "/w/A");
  CHECK(bake_failure(R"({"target": {"a": {"inherits": ["b"]}, "b": {"inherits": ["a"]}}})", {{"a"}, {}}) ==
        "target 'a' inherits from itself");
  CHECK(bake_failure(R"({"target": {"a": {"inherits": ["c"]}}})", {{"a"}, {}}) == "there is no target 'c'");
}

TEST_CASE("a matrix makes a target of each combination", "[bake]") {
  Got with = baked(R"json({
    "group": {"default": {"targets": ["app"]}},
    "target": {"app": {
      "name": "app-${item.name}-${replace(version, \".\", \"_\")}",
      "matrix": {"item": [{"name": "x", "dir": "one"}, {"name": "y", "dir": "two"}], "version": ["1.0", "2.0"]},
      "context": "${item.dir}",
      "args": {"V": "${version}"}
    }}
  })json");
  CHECK(with.order == Texts{"app-x-1_0", "app-x-2_0", "app-y-1_0", "app-y-2_0"});
  CHECK(with["app-y-1_0"].context == "/w/two");
  CHECK(with["app-y-2_0"].args.at("V") == "2.0");
  CHECK(bake_failure(R"({"target": {"a": {"matrix": {"v": ["1"]}}}})") ==
        "the target 'a' with 'matrix' needs 'name'");
  CHECK(bake_failure(R"({"target": {"a": {"name": "a", "matrix": {"v": ["1", "2"]}}}})") ==
        "two targets of the matrix have the name 'a'");
}

TEST_CASE("groups hold targets and groups, and contexts bring targets along", "[bake]") {
  const std::string text = R"({
    "group": {"default": {"targets": ["all"]}, "all": {"targets": ["c", "b"]}},
    "target": {"a": {}, "b": {"contexts": {"base": "target:a", "dir": "./d", "gone": ""}}, "c": {"contexts": {"base": "target:b"}}}
  })";
  Got with = baked(text);
  CHECK(with.order == Texts{"a", "b", "c"});
  CHECK(with["b"].contexts.at("dir") == "/w/d");
  CHECK_FALSE(with["b"].contexts.contains("gone"));
  CHECK(baked(text, {{"b"}, {}}).order == Texts{"a", "b"});
  CHECK(bake_failure(text, {{"d"}, {}}) == "there is no target 'd'");
  CHECK(bake_failure(R"({"target": {"a": {"contexts": {"x": "target:a"}}}})", {{"a"}, {}}) ==
        "target 'a' needs itself, by way of its contexts");
  CHECK(bake_failure(R"({"target": {"a": {}}})") == "the files have neither a group nor a target 'default'");
}

TEST_CASE("later files are laid above earlier ones, bake files above compose files", "[bake]") {
  Got with = got({{"/p/compose.yaml", "services: { a: { build: { context: ., args: { X: 1, Y: 1 } } } }"},
                  {"/p/docker-bake.json", R"({"target": {"a": {"args": {"Y": "2"}, "tags": ["t"]}}})"},
                  {"/p/docker-bake.override.json", R"({"target": {"a": {"tags": ["u"]}}})"}});
  CHECK(with["a"].args.at("X") == "1");
  CHECK(with["a"].args.at("Y") == "2");
  CHECK(with["a"].tags == Texts{"u"});
  CHECK(with["a"].context == "/p");
}

TEST_CASE("--set changes what targets say", "[bake]") {
  const std::string text = R"({"target": {
    "a": {"tags": ["t"], "args": {"X": "1"}},
    "b": {"inherits": ["a"]}
  }})";
  Asked asked{{"a", "b"},
              {"*.args.X=2", "b.tags=u", "b.tags=v", "a.tags+=w", "a.platform=linux/arm64", "a.no-cache=true",
               "b.context=./c", "a.output=type=docker", "b.push=true", "a.args.HOME", "a.args.NONE"},
              {{"HOME", "/h"}}};
  Got with = baked(text, asked);
  CHECK(with["a"].args.at("X") == "2");
  CHECK(with["a"].args.at("HOME") == "/h");
  CHECK_FALSE(with["a"].args.contains("NONE"));
  CHECK(with["b"].tags == Texts{"u", "v"});
  CHECK(with["a"].tags == Texts{"t", "w"});
  CHECK(with["a"].platforms.size() == 1);
  CHECK(with["a"].no_cache);
  CHECK(with["b"].context == "/w/c");
  CHECK(with["a"].outputs[0].type == "docker");
  CHECK(with["b"].outputs.back().type == "image");
  CHECK(with["b"].outputs.back().fields.at("push") == "true");
  CHECK(baked(text, {{"b"}, {"b.tags+=w", "a.tags=z"}})["b"].tags == Texts{"z", "w"});
  CHECK(bake_failure(text, {{"a"}, {"x.tags=t"}}) == "there is no target 'x'");
  CHECK(bake_failure(text, {{"a"}, {"a.no=t"}}) == "--set: a target has no key 'no' to set");
  CHECK(bake_failure(text, {{"a"}, {"a=t"}}) == "--set a=t: it is TARGET.KEY=VALUE");
  CHECK(bake_failure(text, {{"a"}, {"a.args=t"}}) == "--set: 'args' takes args.NAME=VALUE");
}

TEST_CASE("--print writes what bake's --print writes, and reads it again", "[bake]") {
  const std::string text = R"({
    "group": {"default": {"targets": ["a"]}},
    "target": {
      "a": {"args": {"X": "$${Y}"}, "tags": ["t"], "cache-from": ["u/a"], "secret": ["id=s,env=E"], "pull": true},
      "b": {}
    }
  })";
  std::string printed = baked(text).print;
  CHECK(printed == R"({
  "group": {
    "default": {
      "targets": [
        "a"
      ]
    }
  },
  "target": {
    "a": {
      "context": ".",
      "dockerfile": "Dockerfile",
      "args": {
        "X": "$${Y}"
      },
      "tags": [
        "t"
      ],
      "cache-from": [
        {
          "ref": "u/a",
          "type": "registry"
        }
      ],
      "secret": [
        {
          "env": "E",
          "id": "s"
        }
      ],
      "pull": true
    }
  }
}
)");
  CHECK(baked(printed).print == printed);
}

TEST_CASE("what is wrong in a bake file has a place", "[bake]") {
  auto all = chosen({{"/w/docker-bake.json", "{\"target\": {\n  \"a\": {\"tag\": []}}}"}}, {{"a"}, {}});
  REQUIRE(all);
  REQUIRE(all->warnings.size() == 1);
  CHECK(all->warnings[0].message() == "a target has no key 'tag': it has no effect");
  CHECK(all->warnings[0].hint() == "did you mean 'tags'?");
  CHECK(all->warnings[0].where() == Location{"/w/docker-bake.json", 2, 9});
  CHECK(bake_failure(R"({"target": {"a": {"tags": "t"}}})") == "'tags' takes a list of texts, not a text");
  CHECK(bake_failure(R"({"target": {"a.b": {}}})").starts_with("'a.b' is no name of a target"));
  CHECK(bake_failure(R"({"target": {"default": {"network": "x"}}})") ==
        "'network' of target 'default': none, host and default are possible: 'x'");
  CHECK(bake_failure(R"({"function": {"f": {}}})") == "functions in a bake file are not read here");
  CHECK(failure({{"/w/docker-bake.hcl", ""}}) == "'/w/docker-bake.hcl' is HCL, which is not read here");
}

TEST_CASE("files are known by their names, JSON by its content", "[bake]") {
  Files files = {{"/a.json", R"({"services": {}})"}, {"/b.json", R"({"target": {}})"}};
  compose::ReadFile read = [&](const std::string& path) -> Result<std::string> { return files.at(path); };
  CHECK(kind_of("/x/Dockerfile", read) == FileKind::other);
  CHECK(kind_of("/x/any.yml", read) == FileKind::compose);
  CHECK(kind_of("/x/any.hcl", read) == FileKind::hcl);
  CHECK(kind_of("/a.json", read) == FileKind::compose);
  CHECK(kind_of("/b.json", read) == FileKind::json);
  auto found = default_files(
      "/d", [](const std::string& path) { return path.ends_with("n") || path.ends_with(".yml"); });
  CHECK(found == Texts{"/d/compose.yml", "/d/docker-compose.yml", "/d/docker-bake.json",
                       "/d/docker-bake.override.json"});
}
