#include "graph/graph.hpp"
#include "project/lower.hpp"
#include "project/serialise.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::project;
using graph::TargetKind;

namespace {

/// Knows one image, and what it was asked.
class FakeOutside final : public Outside {
 public:
  FakeOutside() {
    base.env = {"PATH=/usr/bin", "LANG=C"};
    base.entrypoint = {"/init"};
    base.cmd = {"run"};
    base.labels = {{"maker", "base"}};
    base.workdir = "/srv";
  }
  Result<image::Config> config(const graph::Base& of, const image::Platform& platform) override {
    asked.push_back(of.reference + " " + platform.str());
    if (of.kind != graph::Base::Kind::registry) return NoOutside().config(of, platform);
    if (of.reference.find("missing") != std::string::npos)
      return Error(Code::not_found, "there is no such image");
    image::Config config = base;
    config.platform = platform;
    return config;
  }
  Result<std::string> sha256(const std::string&) override { return std::string(64, 'a'); }
  Result<dockerfile::RemoteFiles> checkout(const dockerfile::GitAddress& address,
                                           const std::string& locked) override {
    asked.push_back(fmt::format("{} {} {}", address.moving(), address.checksum, locked));
    return dockerfile::RemoteFiles{"/checkout", std::string(40, '1'), std::nullopt};
  }
  Result<dockerfile::RemoteFiles> download(const std::string& url) override {
    return NoOutside().download(url);
  }

  image::Config base;
  std::vector<std::string> asked;
};

const image::Platform kAmd{"linux", "amd64", ""};

ImagePtr image_of(const std::string& text, const std::string& target = "",
                  std::map<std::string, std::variant<ContextDirectory, ImagePtr>> contexts = {}) {
  auto file = std::make_shared<Dockerfile>();
  file->name = "web/Dockerfile";
  file->text = text;
  file->context = {"/w/web", {"*.tmp"}};
  file->args = {{"VERSION", "7"}};
  file->contexts = std::move(contexts);
  auto image = std::make_shared<Image>();
  image->base = DockerfileBase{file, target};
  image->where = {"Buildfile.lua", 1, 1};
  return image;
}

TargetDecl declare(TargetKind kind, const std::string& name, ImagePtr from) {
  TargetDecl target;
  target.kind = kind;
  target.name = name;
  target.from = std::move(from);
  return target;
}

Project project_with(ImagePtr image) {
  Project project;
  project.workspace.root = "/w";
  project.targets = {declare(TargetKind::service, "web", std::move(image))};
  return project;
}

/// What the image of the first target says, on the base that the fake knows.
image::Config config_of(const Lowered& lowered, const image::Config& base) {
  image::Config config = base;
  lowered.graph.targets().front().config.apply(config);
  return config;
}

std::vector<std::string> labels(const Lowered& lowered, size_t target = 0) {
  std::vector<std::string> out;
  for (graph::NodeId node : lowered.graph.layers_of(lowered.graph.targets()[target].root))
    out.push_back(lowered.graph[node].label);
  return out;
}

template <class Op>
const Op& op_of(const Lowered& lowered, const std::string& label) {
  for (const graph::Node& node : lowered.graph.nodes())
    if (node.label == label) return std::get<Op>(node.op);
  FAIL("no node " << label);
  throw std::logic_error(label);
}

}  // namespace

TEST_CASE("a stage becomes nodes with its lines, and a change of the base's config") {
  FakeOutside outside;
  Lowered lowered = lower(project_with(image_of("ARG BASE=python:3\n"
                                                "FROM $BASE\n"
                                                "ARG VERSION\n"
                                                "ENV ZED=1 ALPHA=2 LANG=de\n"
                                                "WORKDIR app\n"
                                                "COPY src/*.py .\n"
                                                "RUN echo $VERSION\n"
                                                "USER app\n"
                                                "EXPOSE 80\n"
                                                "LABEL maker=me\n"
                                                "ENTRYPOINT [\"/start\"]\n")),
                          kAmd, outside);
  REQUIRE(lowered.errors.empty());
  CHECK(labels(lowered) == std::vector<std::string>{"base/docker.io/library/python:3", "service:web/workdir",
                                                    "service:web/copy", "service:web/run"});
  const auto& run = op_of<graph::Run>(lowered, "service:web/run");
  CHECK(run.argv == std::vector<std::string>{"/bin/sh", "-c", "echo $VERSION"});
  CHECK(run.env.at("VERSION") == "7");
  CHECK(run.cwd == "/srv/app");
  CHECK(run.network);
  const auto& copy = op_of<graph::Place>(lowered, "service:web/copy");
  CHECK(copy.to == "/srv/app/");
  const auto& files = std::get<graph::FileSource>(copy.items.at(0).source);
  CHECK(files.root == "/w/web");
  CHECK(files.include == std::vector<std::string>{"src/*.py"});
  CHECK(files.ignore == std::vector<std::string>{"*.tmp"});
  CHECK(files.where == Location{"web/Dockerfile", 6, 1});
  image::Config config = config_of(lowered, outside.base);
  CHECK(config.env == std::vector<std::string>{"PATH=/usr/bin", "LANG=de", "ZED=1", "ALPHA=2"});
  CHECK(config.entrypoint == std::vector<std::string>{"/start"});
  CHECK(config.cmd.empty());
  CHECK(config.user == "app");
  CHECK(config.workdir == "/srv/app");
  CHECK(config.labels.at("maker") == "me");
  CHECK(lowered.uses.tags.at("docker.io/library/python:3").line == 2);
}

TEST_CASE("stages that the target does not need make no nodes") {
  FakeOutside outside;
  Lowered lowered = lower(project_with(image_of("FROM golang AS build\nRUN make\n"
                                                "FROM golang AS unused\nRUN no\n"
                                                "FROM scratch AS tool\nCOPY --from=build /out /bin/\n"
                                                "FROM unused\n",
                                                "tool")),
                          kAmd, outside);
  REQUIRE(lowered.errors.empty());
  CHECK(labels(lowered) == std::vector<std::string>{"base/scratch", "service:web/tool/copy"});
  CHECK(lowered.graph.nodes().size() == 4);
  const auto& source =
      std::get<graph::StackSource>(op_of<graph::Place>(lowered, "service:web/tool/copy").items.at(0).source);
  CHECK(source.path == "/out");
  CHECK(lowered.graph[lowered.graph.layers_of(source.stack).back()].label == "service:web/build/run");
}

TEST_CASE("two targets of one Dockerfile share the stages that both have") {
  FakeOutside outside;
  const char* text = "FROM golang AS build\nRUN make\nFROM build AS a\nRUN a\nFROM build AS b\nRUN b\n";
  Project project = project_with(image_of(text, "a"));
  project.targets.push_back(declare(TargetKind::service, "other", image_of(text, "b")));
  Lowered lowered = lower(project, kAmd, outside);
  REQUIRE(lowered.errors.empty());
  CHECK(labels(lowered, 0).at(1) == labels(lowered, 1).at(1));
  CHECK(lowered.graph.nodes().size() == 4);
}

TEST_CASE("a tier stands in for a FROM, with its config") {
  FakeOutside outside;
  auto named = std::make_shared<Image>();
  named->base = NamedBase{"base"};
  Project project = project_with(
      image_of("FROM python:3\nENV PATH=/app:$PATH\nCMD [\"serve\"]\n", "", {{"python:3", ImagePtr(named)}}));
  auto debian = std::make_shared<Image>();
  debian->base = NamedBase{"docker.io/library/debian:12"};
  project.targets.push_back(declare(TargetKind::tier, "base", debian));
  project.targets[1].config.env = {{"TIER", "yes"}};
  project.targets[1].config.path_prepend = {"/venv/bin"};
  Lowered lowered = lower(project, kAmd, outside);
  REQUIRE(lowered.errors.empty());
  CHECK(labels(lowered) == std::vector<std::string>{"base/docker.io/library/debian:12"});
  image::Config config = config_of(lowered, outside.base);
  CHECK(config.env_value("TIER") == "yes");
  CHECK(config.env_value("PATH") == "/app:/venv/bin:/usr/bin");
  CHECK(config.entrypoint == std::vector<std::string>{"/init"});
  CHECK(config.cmd == std::vector<std::string>{"serve"});
  REQUIRE(lowered.graph.targets()[0].needs.size() == 1);
}

TEST_CASE("triggers of the base run, and do not stay") {
  FakeOutside outside;
  outside.base.on_build = {"RUN triggered"};
  Lowered lowered = lower(project_with(image_of("FROM python:3\nONBUILD USER nobody\n")), kAmd, outside);
  REQUIRE(lowered.errors.empty());
  CHECK(op_of<graph::Run>(lowered, "service:web/run").argv.back() == "triggered");
  CHECK(config_of(lowered, outside.base).on_build == std::vector<std::string>{"USER nobody"});
}

TEST_CASE("a stage for the machine that builds has nodes of that platform") {
  FakeOutside outside;
  Lowered lowered = lower(project_with(image_of("FROM --platform=$BUILDPLATFORM golang AS build\nRUN make\n"
                                                "FROM scratch\nCOPY --from=build /out /\n")),
                          {"linux", "s390x", ""}, outside);
  REQUIRE(lowered.errors.empty());
  for (const graph::Node& node : lowered.graph.nodes())
    if (node.label == "service:web/build/run") CHECK(node.platform == image::Platform::host());
  CHECK(outside.asked ==
        std::vector<std::string>{"docker.io/library/golang:latest " + image::Platform::host().str()});
}

TEST_CASE("a named base is taken for the platform of the stage") {
  FakeOutside outside;
  auto known = std::make_shared<Image>();
  auto named = std::make_shared<Image>();
  known->base = KnownBase{{graph::Base::Kind::registry, "docker.io/library/golang:1", {}, {}, {}, {}}};
  named->base = NamedBase{"golang:1"};
  for (const ImagePtr& image : {ImagePtr(known), ImagePtr(named)}) {
    outside.asked.clear();
    Lowered lowered = lower(project_with(image_of("FROM --platform=$BUILDPLATFORM go AS build\nRUN make\n"
                                                  "FROM scratch\nCOPY --from=build /out /\n",
                                                  "", {{"go", image}})),
                            {"linux", "s390x", ""}, outside);
    REQUIRE(lowered.errors.empty());
    CHECK(outside.asked ==
          std::vector<std::string>{"docker.io/library/golang:1 " + image::Platform::host().str()});
  }
}

TEST_CASE("repositories are checked out at the commit that their remote or the lock has") {
  FakeOutside outside;
  const std::string url = "https://example.com/b.git", commit(40, '2');
  Project project = project_with(
      image_of("FROM scratch\nADD --checksum=0123456 " + url + "#main:sub /a\nADD " + url + " /b\n"));
  project.lock.commits[url] = commit;
  Lowered lowered = lower(project, kAmd, outside);
  REQUIRE(lowered.errors.empty());
  CHECK(outside.asked == std::vector<std::string>{url + "#main 0123456 ", url + "  " + commit});
  CHECK(lowered.uses.commits.size() == 2);
  CHECK(lowered.uses.commits.contains(url + "#main"));
  CHECK(stale_entries(project.lock, lowered.uses, "tierbuild.lock").size() == 1);
}

TEST_CASE("errors and findings have their places in the Dockerfile") {
  FakeOutside outside;
  auto error = [&](const std::string& text, const std::string& target = "") {
    Lowered lowered = lower(project_with(image_of(text, target)), kAmd, outside);
    REQUIRE(lowered.errors.size() == 1);
    return lowered.errors.front();
  };
  CHECK(error("FROM a\nRUNN x\n").where() == Location{"web/Dockerfile", 2, 1});
  CHECK(error("FROM a\nRUNN x\n").id() == "E060");
  CHECK(error("FROM a\nRUN --security=insecure x\n").id() == "E061");
  CHECK(error("FROM scratch\nADD https://example.com/b.git?no=1 /\n").id() == "E060");
  CHECK(error("FROM a\n", "nope").id() == "E060");
  CHECK(error("FROM x\nRUN y\nFROM missing\n").where().line == 3);
  CHECK(error("# check=error=true\nFROM a\nCMD x\n").id() == "JSONArgsRecommended");

  Lowered lowered = lower(project_with(image_of("FROM a\nCMD x\n")), kAmd, outside);
  REQUIRE(lowered.errors.empty());
  REQUIRE(lowered.warnings.size() == 1);
  CHECK(lowered.warnings[0].id() == "JSONArgsRecommended");
  CHECK(lowered.warnings[0].where().line == 2);
}

TEST_CASE("mounts of every kind") {
  FakeOutside outside;
  Lowered lowered = lower(project_with(image_of("FROM a AS other\nFROM a\n"
                                                "RUN --mount=type=cache,target=/c,sharing=locked,uid=7 "
                                                "--mount=type=bind,source=lib,target=/lib2 "
                                                "--mount=type=bind,from=other,source=/x,target=/y,rw "
                                                "--mount=type=secret,id=token,env=TOKEN,required=true "
                                                "--mount=type=tmpfs,target=/t,size=1m --network=none make\n"
                                                "RUN <<EOF\n#!/bin/busybox sh\necho\nEOF\n")),
                          kAmd, outside);
  REQUIRE(lowered.errors.empty());
  const auto& run = op_of<graph::Run>(lowered, "service:web/run");
  REQUIRE(run.mounts.size() == 5);
  CHECK_FALSE(run.network);
  CHECK(run.mounts[0].id == "/c:7:0:755");
  CHECK(run.mounts[0].sharing == graph::Sharing::locked);
  CHECK(run.mounts[0].uid == 7);
  CHECK(std::get<graph::FileSource>(run.mounts[1].from).include == std::vector<std::string>{"lib"});
  CHECK_FALSE(run.mounts[1].writable);
  CHECK(std::get<graph::StackSource>(run.mounts[2].from).path == "/x");
  CHECK(run.mounts[2].writable);
  CHECK(run.mounts[3].env == "TOKEN");
  CHECK(run.mounts[3].required);
  CHECK(run.mounts[4].size == 1u << 20);
  const auto& script = op_of<graph::Run>(lowered, "service:web/run-2");
  REQUIRE(script.script);
  CHECK(script.argv == std::vector<std::string>{script.script->path});
}

TEST_CASE("a Dockerfile is kept with the project") {
  FakeOutside outside;
  Project project =
      project_with(image_of("FROM a\nRUN x\n", "", {{"lib", ContextDirectory{"/w/lib", {"a"}}}}));
  std::optional<Project> kept = deserialise(serialise(project));
  REQUIRE(kept);
  const auto& base = std::get<DockerfileBase>(kept->targets[0].from->base);
  CHECK(base.file->text == "FROM a\nRUN x\n");
  CHECK(base.file->args.at("VERSION") == "7");
  CHECK(std::get<ContextDirectory>(base.file->contexts.at("lib")).ignore == std::vector<std::string>{"a"});
}
