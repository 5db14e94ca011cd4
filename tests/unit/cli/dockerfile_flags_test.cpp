#include "cli/dockerfile_flags.hpp"

#include "cli/command_line.hpp"
#include "fs/file.hpp"
#include "project/requests.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::cli;

TEST_CASE("which files are Dockerfiles") {
  for (const char* name : {"-", "Dockerfile", "docker/Dockerfile.web", "web.dockerfile", "Containerfile"})
    CHECK(names_dockerfile(name));
  for (const char* name :
       {"", "Buildfile.lua", "compose.yaml", "compose.yml", "docker-bake.json", "x.hcl", "/"})
    CHECK_FALSE(names_dockerfile(name));
}

TEST_CASE("docker's flags make a request") {
  DockerfileFlags flags;
  FlagSet set;
  flags.declare(set);
  auto give = [&](const char* flag, const std::string& value) { return bool(set.find(flag)->set(value)); };
  REQUIRE(flags.given().empty());
  CHECK(give("--build-arg", "A=b=c"));
  CHECK(give("--build-arg", "HOME"));
  CHECK_FALSE(give("--build-arg", "=x"));
  CHECK(give("--target", "test"));
  CHECK(give("--build-context", "base=docker-image://alpine:3"));
  CHECK(give("--build-context", "lib=lib"));
  CHECK(give("--label", "a=b"));
  CHECK(flags.given() == "--build-arg");
  Options options;
  options.file = "sub/Dockerfile";
  auto request = flags.request(options, {"/srv/My App"});
  REQUIRE(request);
  CHECK(request->name == "myapp");
  CHECK(request->context == "/srv/My App");
  CHECK(request->dockerfile == std::filesystem::absolute("sub/Dockerfile").string());
  CHECK(request->args.at("A") == "b=c");
  CHECK_FALSE(request->args.at("HOME"));
  CHECK(request->contexts.at("base") == "docker-image://alpine:3");
  CHECK(request->contexts.at("lib") == std::filesystem::absolute("lib").string());
  CHECK(request->labels.at("a") == "b");
  CHECK_FALSE(flags.request(options, {"a", "b"}));
  options.file = "-";
  CHECK_FALSE(flags.request(options, {"-"}));
}

/// Has the same files for every address.
class FakeOutside final : public project::Outside {
 public:
  Result<image::Config> config(const graph::Base& of, const image::Platform& platform) override {
    return project::NoOutside().config(of, platform);
  }
  Result<std::string> sha256(const std::string& url) override { return project::NoOutside().sha256(url); }
  Result<dockerfile::RemoteFiles> checkout(const dockerfile::GitAddress& address,
                                           const std::string&) override {
    asked.push_back(fmt::format("{} {:d}", address.moving(), address.keep_git_dir));
    dockerfile::RemoteFiles found = files;
    found.text.reset();
    return found;
  }
  Result<dockerfile::RemoteFiles> download(const std::string& url) override {
    asked.push_back(url);
    return files;
  }

  dockerfile::RemoteFiles files;
  std::vector<std::string> asked;
};

TEST_CASE("requests are services of a project") {
  auto dir = fs::TempDir::make(std::filesystem::temp_directory_path(), "requests");
  REQUIRE(dir);
  std::filesystem::path root = dir->path();
  std::filesystem::create_directories(root / "web");
  REQUIRE(fs::write_file(root / "web/Dockerfile", "FROM base\n"));
  REQUIRE(fs::write_file(root / "web/.dockerignore", "*.log\n"));
  FakeEnvironment environment;
  environment.variables["FROM_ENV"] = "yes";
  dockerfile::Request base, web;
  base.name = "base";
  base.context = root / "web";
  base.inline_text = "FROM scratch\n";
  web.name = "web";
  web.context = root / "web";
  web.args = {{"FROM_ENV", std::nullopt}, {"UNSET", std::nullopt}, {"A", "1"}};
  web.contexts = {{"base", "target:base"}};
  web.tags = {"acme/web"};
  web.shm_size = 1;
  web.add_hosts = {{"db", "10.0.0.1"}};
  web.ulimits = {{"nofile", {1, 2}}};
  FakeOutside outside;
  outside.files.directory = root / "web";
  auto project = project::project_of({base, web}, {root, environment, outside});
  REQUIRE(project);
  REQUIRE(project->targets.size() == 2);
  CHECK(project->targets[1].tags == std::vector<std::string>{"docker.io/acme/web:latest"});
  const auto& file = *std::get<project::DockerfileBase>(project->targets[1].from->base).file;
  CHECK(file.name == "web/Dockerfile");
  CHECK(file.args == std::map<std::string, std::string>{{"A", "1"}, {"FROM_ENV", "yes"}});
  CHECK(file.context.ignore.at(0) == "*.log");
  CHECK(file.shm_size == 1);
  CHECK(file.hosts == web.add_hosts);
  CHECK(file.ulimits.at("nofile") == graph::Ulimit{1, 2});

  auto fails = [&](auto change) {
    dockerfile::Request request = web;
    change(request);
    auto made = project::project_of({base, request}, {root, environment, outside});
    REQUIRE_FALSE(made);
    return made.error();
  };
  CHECK(fails([](auto& r) { r.contexts["base"] = "target:bsae"; }).message().find("'base'?") !=
        std::string::npos);
  CHECK(fails([](auto& r) { r.context = "https://example.com/a.git?no=1"; }).code() == Code::invalid);
  CHECK(fails([](auto& r) {
          r.context = "https://example.com/a.git", r.dockerfile = "../Dockerfil";
        }).code() == Code::not_found);
  CHECK(fails([](auto& r) { r.contexts["x"] = "/no/such"; }).message().find("/no/such") != std::string::npos);
  CHECK(fails([](auto& r) { r.dockerfile = "/no/such"; }).code() == Code::not_found);
  CHECK(fails([](auto& r) { r.contexts["x"] = "docker-image://A"; }).code() == Code::invalid);

  // Contexts from elsewhere
  outside.asked.clear();
  web.context = "https://example.com/a.git#main";
  web.contexts["tar"] = "https://example.com/a.tar";
  web.args["BUILDKIT_CONTEXT_KEEP_GIT_DIR"] = "1";
  outside.files.commit = std::string(40, '1');
  auto remote = project::project_of({base, web}, {root, environment, outside});
  REQUIRE(remote);
  CHECK(outside.asked ==
        std::vector<std::string>{"https://example.com/a.git#main 1", "https://example.com/a.tar"});
  const auto& of_git = *std::get<project::DockerfileBase>(remote->targets[1].from->base).file;
  CHECK(of_git.name == "https://example.com/a.git#main/Dockerfile");
  CHECK(of_git.context.revision.from == web.context);
  CHECK(of_git.context.revision.commit == outside.files.commit);
  outside.files.text = "FROM scratch\n";
  web.context = "https://example.com/Dockerfile";
  remote = project::project_of({base, web}, {root, environment, outside});
  REQUIRE(remote);
  CHECK(std::get<project::DockerfileBase>(remote->targets[1].from->base).file->text == "FROM scratch\n");
}
