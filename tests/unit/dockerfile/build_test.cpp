#include "dockerfile/build.hpp"

#include "describe.hpp"
#include "dockerfile/parse.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::dockerfile;

namespace {

BuildOptions amd64(std::map<std::string, std::string> args = {}) {
  BuildOptions options;
  options.args = std::move(args);
  options.platform = {"linux", "amd64", ""};
  options.build_platform = {"linux", "arm64", ""};
  return options;
}

/// Images of the test: "app" has a config of every kind, "trigger" has triggers, all others are plain.
Result<image::Config> config_of(const Origin& origin, const image::Platform& platform, const Range&) {
  image::Config config;
  config.platform = platform;
  if (const auto* named = std::get_if<FromNamed>(&origin)) config.labels["from"] = named->name;
  const auto* image = std::get_if<FromImage>(&origin);
  if (image == nullptr) return config;
  if (image->reference.find("/app:") != std::string::npos) {
    config.env = {"PATH=/app/bin", "HOME=/app", "EMPTY="};
    config.workdir = "/app/./x/..";
    config.user = "app";
    config.entrypoint = {"/entry"};
    config.cmd = {"serve"};
    config.labels = {{"kind", "base"}};
    config.exposed = {"80/tcp"};
  }
  if (image->reference.find("/trigger:") != std::string::npos)
    config.on_build = {"COPY . /src", "RUN <<EOF\nmake\nEOF"};
  if (image->reference.find("/missing:") != std::string::npos)
    return Error(Code::not_found, "there is no such image");
  return config;
}

Result<Build> built(std::string_view text, const BuildOptions& options = amd64()) {
  auto parsed = parse(text, "Dockerfile");
  REQUIRE_OK(parsed);
  return build(*parsed, options, config_of);
}

std::string plan(std::string_view text, const BuildOptions& options = amd64()) {
  auto result = built(text, options);
  if (!result) return result.error().where().str() + " " + result.error().message();
  result->findings.clear();
  return describe(*result);
}

/// The config and operations of one stage `FROM scratch`, without its first line.
std::string scratch(std::string_view text, const BuildOptions& options = amd64()) {
  std::string out = plan("FROM scratch\n" + std::string(text), options);
  std::string head = "stage 0: scratch linux/amd64\n";
  return out.starts_with(head) ? out.substr(head.size()) : out;
}

}  // namespace

TEST_CASE("arguments and where they reach") {
  REQUIRE(scratch("ARG A=1\nENV B=$A") == "  env \"B=1\"\n");
  REQUIRE(scratch("ARG A=1\nENV B=$A", amd64({{"A", "2"}})) == "  env \"B=2\"\n");
  REQUIRE(scratch("ARG A\nENV B=${A-unset}") == "  env \"B=unset\"\n");
  REQUIRE(scratch("ENV B=${A-unset}", amd64({{"A", "2"}})) == "  env \"B=unset\"\n");
  REQUIRE(scratch("ARG A=1 B=$A C\nENV D=$A$B$C") == "  env \"D=11\"\n");
  REQUIRE(scratch("ENV A=1\nARG A=2\nENV B=$A") == "  env \"A=1\"\n  env \"B=2\"\n");
  REQUIRE(scratch("ARG A=1\nENV A=2\nENV B=$A") == "  env \"A=2\"\n  env \"B=2\"\n");
  REQUIRE(scratch("ENV A=1\nENV A=2 B=$A") == "  env \"A=2\"\n  env \"B=1\"\n");
  REQUIRE(scratch("ARG A=x\nRUN y") == "  run [\"/bin/sh\",\"-c\",\"y\"]\n    A=\"x\"\n");
  SECTION("those in front of the first FROM are for FROM, and for stages that ask") {
    REQUIRE(plan("ARG V=3\nFROM img:$V\nENV A=${V:-none}") ==
            "stage 0: image docker.io/library/img:3 linux/amd64\n  env \"A=none\"\n");
    REQUIRE(plan("ARG V=3\nFROM img:$V\nARG V\nENV A=$V", amd64({{"V", "4"}})) ==
            "stage 0: image docker.io/library/img:4 linux/amd64\n  env \"A=4\"\n");
    REQUIRE(plan("ARG V=3\nFROM scratch\nARG V=5\nENV A=$V") ==
            "stage 0: scratch linux/amd64\n  env \"A=5\"\n");
  }
  SECTION("a stage has those of the stage it stands on, others have not") {
    REQUIRE(plan("FROM scratch AS a\nARG A=1\nFROM a\nENV B=$A").ends_with("  env \"B=1\"\n"));
    REQUIRE(plan("FROM scratch AS a\nARG A=1\nFROM scratch\nENV B=${A-no}").ends_with("  env \"B=no\"\n"));
  }
  SECTION("platforms") {
    REQUIRE(
        scratch("ARG TARGETPLATFORM TARGETOS TARGETARCH TARGETVARIANT BUILDPLATFORM BUILDARCH TARGETSTAGE\n"
                "LABEL a=$TARGETPLATFORM,$TARGETOS,$TARGETARCH,$TARGETVARIANT,$BUILDPLATFORM,$BUILDARCH,"
                "$TARGETSTAGE") == "  label \"a=linux/amd64,linux,amd64,,linux/arm64,arm64,default\"\n");
    REQUIRE(scratch("LABEL a=$TARGETARCH") == "  label \"a=\"\n");
    REQUIRE(scratch("ARG TARGETARCH\nLABEL a=$TARGETARCH", amd64({{"TARGETARCH", "mine"}})) ==
            "  label \"a=mine\"\n");
    REQUIRE(plan("FROM --platform=$BUILDPLATFORM img AS b\nFROM b") ==
            "stage 0 b: image docker.io/library/img:latest linux/arm64\nstage 1: stage 0 b linux/arm64\n");
  }
}

TEST_CASE("the base image's config is where a stage starts") {
  REQUIRE(plan("FROM app\nENV PATH=$HOME/more:$PATH\nRUN [\"x\"]") ==
          "stage 0: image docker.io/library/app:latest linux/amd64\n"
          "  run [\"x\"] in /app as app\n    EMPTY=\"\"\n    HOME=\"/app\"\n"
          "  env \"PATH=/app/more:/app/bin\"\n  env \"HOME=/app\"\n  env \"EMPTY=\"\n"
          "  label \"kind=base\"\n  user app\n  workdir /app/./x/..\n  entrypoint [\"/entry\"]\n  cmd "
          "[\"serve\"]\n"
          "  expose [\"80/tcp\"]\n");
  auto config = [](std::string_view text) {
    auto result = built("FROM app\n" + std::string(text));
    REQUIRE_OK(result);
    return result->stages[0].config;
  };
  REQUIRE(config("ENTRYPOINT [\"e\"]").cmd.empty());
  REQUIRE(config("CMD [\"c\"]\nENTRYPOINT [\"e\"]").cmd == std::vector<std::string>{"c"});
  REQUIRE(config("CMD [\"c\"]").entrypoint == std::vector<std::string>{"/entry"});
  REQUIRE(config("ENTRYPOINT []").entrypoint.empty());
  REQUIRE(config("WORKDIR y").workdir == "/app/y");
  REQUIRE(built("FROM scratch")->stages[0].config.env_value("PATH") ==
          "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  REQUIRE(built("FROM scratch")->stages[0].config.workdir == "/");
}

TEST_CASE("instructions that change the config") {
  REQUIRE(scratch("LABEL a=1 \"b c\"=\"d e\"\nLABEL a=2") == "  label \"a=2\"\n  label \"b c=d e\"\n");
  REQUIRE(scratch("CMD a b") == "  cmd [\"/bin/sh\",\"-c\",\"a b\"]\n");
  REQUIRE(scratch("CMD") == "  cmd [\"/bin/sh\",\"-c\",\"\"]\n");
  REQUIRE(scratch("CMD $A") == "  cmd [\"/bin/sh\",\"-c\",\"$A\"]\n");
  REQUIRE(
      scratch("SHELL [\"bash\", \"-ec\"]\nENTRYPOINT a\nRUN b") ==
      "  run [\"bash\",\"-ec\",\"b\"]\n  entrypoint [\"bash\",\"-ec\",\"a\"]\n  shell [\"bash\",\"-ec\"]\n");
  REQUIRE(scratch("ENV P=90 Q=\"1 2\"\nEXPOSE 80 $P/udp 8000-8001 $Q 127.0.0.1:5:6 70/TCP") ==
          "  env \"P=90\"\n  env \"Q=1 2\"\n  expose [\"1/tcp\",\"2/tcp\",\"6/tcp\",\"70/tcp\",\"80/tcp\","
          "\"8000/tcp\",\"8001/tcp\",\"90/udp\"]\n");
  REQUIRE(scratch("ENV A=x\nVOLUME /a/$A [b]\nUSER $A:y\nSTOPSIGNAL SIG${Z:-TERM}") ==
          "  env \"A=x\"\n  user x:y\n  volume [\"/a/x\",\"[b]\"]\n  stopsignal SIGTERM\n");
  REQUIRE(scratch("MAINTAINER me $A") == "  author me $A\n");
  REQUIRE(scratch("HEALTHCHECK --retries=2 CMD $A") == "  healthcheck [\"CMD-SHELL\",\"$A\"] 0 0 0 0 2\n");
  REQUIRE(scratch("ONBUILD RUN $A") == "  onbuild [\"RUN $A\"]\n");
  for (const char* signal : {"9", "KILL", "sigusr1", "SIGRTMIN+3", "RTMAX-14"}) {
    INFO(signal);
    REQUIRE(scratch("STOPSIGNAL " + std::string(signal)) == fmt::format("  stopsignal {}\n", signal));
  }
}

TEST_CASE("WORKDIR makes its directory") {
  REQUIRE(scratch("WORKDIR /a/../b/\nWORKDIR c\nUSER u\nWORKDIR ../d\nRUN [\"x\"]") ==
          "  mkdir /b\n  mkdir /b/c\n  mkdir /b/d owner=u\n  run [\"x\"] in /b/d as u\n  user u\n  workdir "
          "/b/d\n");
  REQUIRE(scratch("WORKDIR /") == "");
}

TEST_CASE("commands with heredocs") {
  REQUIRE(scratch("RUN <<EOF\na\n  b\nEOF") == "  run [\"/bin/sh\",\"-c\",\"a\\n  b\\n\"]\n");
  REQUIRE(scratch("RUN <<-EOF\n\ta\nEOF") == "  run [\"/bin/sh\",\"-c\",\"a\\n\"]\n");
  REQUIRE(scratch("RUN <<EOF\n#!/usr/bin/python3\nprint()\nEOF") ==
          "  run [\"/dev/pipes/EOF\"]\n    script /dev/pipes/EOF \"#!/usr/bin/python3\\nprint()\\n\"\n");
  REQUIRE(scratch("RUN cat <<EOF >x\n$A\nEOF") == "  run [\"/bin/sh\",\"-c\",\"cat <<EOF >x\\n$A\\nEOF\"]\n");
  REQUIRE(scratch("RUN <<A cat <<B\n1\nA\n2\nB") ==
          "  run [\"/bin/sh\",\"-c\",\"<<A cat <<B\\n1\\nA\\n2\\nB\"]\n");
}

TEST_CASE("copies") {
  REQUIRE(scratch("COPY a b /c/") == "  copy [\"a\",\"b\"] from context to /c/\n");
  REQUIRE(scratch("ENV D=/d\nCOPY --chown=$D:1 --chmod=${M:-755} $D/a '$D' $D") ==
          "  copy [\"/d/a\",\"$D\"] from context to /d owner=/d:1 mode=755\n  env \"D=/d\"\n");
  REQUIRE(scratch("WORKDIR /w\nCOPY a .\nCOPY a b\nCOPY a b/\nCOPY a ../x/.\nCOPY a /") ==
          "  mkdir /w\n  copy [\"a\"] from context to /w/\n  copy [\"a\"] from context to /w/b\n"
          "  copy [\"a\"] from context to /w/b/\n  copy [\"a\"] from context to /x/\n"
          "  copy [\"a\"] from context to /\n  workdir /w\n");
  REQUIRE(
      scratch("ENV X=1\nCOPY <<a <<'b' x /t/\n$X \"$X\" \\$X\na\n$X\nb") ==
      "  copy [\"x\"] from context to /t/\n    a \"1 \\\"1\\\" $X\\n\"\n    b \"$X\\n\"\n  env \"X=1\"\n");
  REQUIRE(
      scratch(
          "ADD --checksum=sha256:$S --keep-git-dir --unpack=false --exclude=*.$S https://a.example/b /c") ==
      "  add [\"https://a.example/b\"] from context to /c keep-git-dir=true unpack=false "
      "checksum=sha256: exclude=[\"*.$S\"]\n");
  REQUIRE(scratch("COPY --link --parents a/./b /c/") ==
          "  copy [\"a/./b\"] from context to /c/ link parents\n");
}

TEST_CASE("stages by name and number, and only those that are needed") {
  const char* text =
      "FROM scratch AS one\nCOPY a /\n"
      "FROM scratch AS unused\nCOPY b /\n"
      "FROM one AS Two\nCOPY --from=ONE x /\nCOPY --from=0 y /\nCOPY --from=img z /\n"
      "FROM scratch\nRUN --mount=from=two,target=/m q\n";
  REQUIRE(
      plan(text) ==
      "stage 0 one: scratch linux/amd64\n  copy [\"a\"] from context to /\n"
      "stage 1 two: stage 0 one linux/amd64\n  copy [\"x\"] from stage 0 one to /\n"
      "  copy [\"y\"] from stage 0 one to /\n"
      "  copy [\"z\"] from image docker.io/library/img:latest linux/amd64 to /\n"
      "stage 2: scratch linux/amd64\n  run [\"/bin/sh\",\"-c\",\"q\"]\n    bind ro /m from stage 1 two\n");
  BuildOptions options = amd64();
  options.target = "UNUSED";
  REQUIRE(plan(text, options) == "stage 0 unused: scratch linux/amd64\n  copy [\"b\"] from context to /\n");
  // Of two stages with one name, FROM means the last one in front of it.
  REQUIRE(plan("FROM a AS x\nFROM b AS x\nFROM x") ==
          "stage 0 x: image docker.io/library/b:latest linux/amd64\nstage 1: stage 0 x linux/amd64\n");
  REQUIRE(plan("FROM missing AS x\nFROM scratch") == "stage 0: scratch linux/amd64\n");
}

TEST_CASE("named contexts stand in for stages and images") {
  BuildOptions options = amd64();
  options.contexts = {"one", "alpine", "debian:12"};
  REQUIRE(
      plan("FROM missing AS one\nRUN a\nFROM one\nCOPY --from=debian:12 b /\nCOPY --from=alpine:latest c /",
           options) ==
      "stage 0 one: context one linux/amd64\nstage 1: stage 0 one linux/amd64\n"
      "  copy [\"b\"] from context debian:12 to /\n  copy [\"c\"] from context alpine to /\n"
      "  label \"from=one\"\n");
  REQUIRE(plan("FROM alpine", options) == "stage 0: context alpine linux/amd64\n  label \"from=alpine\"\n");
}

TEST_CASE("triggers of the base run first") {
  REQUIRE(plan("FROM trigger\nRUN [\"x\"]") ==
          "stage 0: image docker.io/library/trigger:latest linux/amd64\n  copy [\".\"] from context to /src\n"
          "  run [\"/bin/sh\",\"-c\",\"make\\n\"]\n  run [\"x\"]\n");
  REQUIRE(plan("FROM scratch AS lib\nFROM scratch AS base\nONBUILD COPY --from=lib a /\nFROM base\nENV "
               "X=1\nFROM base") ==
          "stage 0 base: scratch linux/amd64\nstage 1 lib: scratch linux/amd64\nstage 2: stage 0 base "
          "linux/amd64\n"
          "  copy [\"a\"] from stage 1 lib to /\n");
  REQUIRE(plan("FROM scratch AS base\nONBUILD RUN [\"a\"]\nFROM base AS mid\nFROM mid\n") ==
          "stage 0 base: scratch linux/amd64\nstage 1 mid: stage 0 base linux/amd64\n  run [\"a\"]\n"
          "stage 2: stage 1 mid linux/amd64\n");
}

TEST_CASE("mounts") {
  REQUIRE(scratch("ENV D=/d\nWORKDIR /w\n"
                  "RUN --mount=target=x --mount=type=cache,target=$D,sharing=locked,uid=1,mode=0700 "
                  "--mount=type=cache,target=c --mount=type=tmpfs,target=/t,size=1k "
                  "--mount=type=secret,id=a/tok --mount=type=secret,target=/run/key,required,mode=0440 "
                  "--mount=type=secret,id=e,env=E --mount=type=ssh y") ==
          "  mkdir /w\n  run [\"/bin/sh\",\"-c\",\"y\"] in /w\n    D=\"/d\"\n"
          "    bind ro /w/x from context\n"
          "    cache /d from scratch id=/d sharing=locked mode=700 uid=1\n"
          "    cache /w/c from scratch id=c\n"
          "    tmpfs /t from scratch size=1024\n"
          "    secret ro /run/secrets/tok from context id=a/tok\n"
          "    secret ro /run/key from context id=key mode=440 required\n"
          "    secret ro  from context id=e env=E\n"
          "    ssh ro  from context id=default\n"
          "  env \"D=/d\"\n  workdir /w\n");
}

TEST_CASE("errors of evaluation have a place") {
  struct Case {
    const char *text, *error;
  };
  for (auto [text, error] : {
           Case{"FROM $X", "Dockerfile:1:6 the name of the base image, '$X', is empty"},
           Case{"ARG X=${Y:?set}\nFROM a", "Dockerfile:1:7 Y: set"},
           Case{"FROM UPPER", "Dockerfile:1:6 "},
           Case{"FROM --platform=$X a", "Dockerfile:1:6 the platform '$X' is empty"},
           Case{"FROM --platform=a/b/c/d a", "Dockerfile:1:6 "},
           Case{"FROM missing", "Dockerfile:1:6 there is no such image"},
           Case{"FROM a\nCOPY \\\n ab${x y /", "Dockerfile:3:4 "},
           Case{"FROM a\nLABEL a=b c='d\"", "Dockerfile:2:13 the single quote is not closed"},
           Case{"FROM a\nUSER ${U:?who}", "Dockerfile:2:6 U: who"},
           Case{"FROM a\nEXPOSE 70000", "Dockerfile:2:8 '70000' is no port"},
           Case{"FROM a\nEXPOSE 1 2/icmp", "Dockerfile:2:10 '2/icmp' is no port: 'icmp' is no protocol"},
           Case{"FROM a\nEXPOSE 9-5", "Dockerfile:2:8 '9-5' is no port"},
           Case{"FROM a\nEXPOSE x:1:2", "Dockerfile:2:8 'x:1:2' is no port: 'x' is no address"},
           Case{"FROM a\nSTOPSIGNAL SIGNOPE", "Dockerfile:2:12 'SIGNOPE' is no signal"},
           Case{"FROM a\nSTOPSIGNAL 0", "Dockerfile:2:12 '0' is no signal"},
           Case{"FROM a\nVOLUME $X", "Dockerfile:2:8 a path of VOLUME is empty"},
           Case{"FROM a\nRUN --mount=type=bnd,target=/x y", "Dockerfile:2:5 'bnd' is no type of a mount"},
           Case{"FROM a\nRUN --mount=target=/ y", "Dockerfile:2:5 a mount cannot have the target '/'"},
           Case{"FROM a\nCOPY --from=0 b /", "Dockerfile:2:6 a stage cannot copy from itself"},
           Case{"FROM a AS me\nCOPY --from=me b /", "Dockerfile:2:6 a stage cannot copy from itself"},
           Case{"FROM a\nCOPY --from=7 b /", "Dockerfile:2:6 there is no stage 7"},
           Case{"FROM a AS b\nCOPY --from=$X b /", "Dockerfile:2:6 'from' takes no variables"},
           Case{"FROM a AS me\nCOPY --from=me b /\nFROM a", "Dockerfile:2:6 a stage cannot copy from itself"},
           Case{"FROM a AS one\nCOPY --from=two b /\nFROM one AS two",
                "Dockerfile:2:6 the stage 'two' must stand"},
           Case{"FROM a\nCOPY http://b.example/c d", "Dockerfile:2:6 COPY cannot fetch 'http://b.example/c'"},
           Case{"FROM a\nCOPY git@b.example:c d", "Dockerfile:2:6 COPY cannot fetch"},
           Case{"FROM a\nCOPY --chmod=99 c d", "Dockerfile:2:6 '99' is no mode"},
           Case{"FROM a\nCOPY --chmod=u+q c d", "Dockerfile:2:6 'u+q' is no mode"},
           Case{"FROM a\nADD --checksum=sha256:0 c d", "Dockerfile:2:5 --checksum needs one source"},
           Case{"FROM a\nADD --checksum=sha256:0 http://b/c http://b/d /e/",
                "Dockerfile:2:5 --checksum needs"},
           Case{"# check=skp=all\nFROM a", "Dockerfile:1:1 the checks have no option 'skp=all'"},
           Case{"FROM scratch AS a\nONBUILD FOO\nFROM a", "Dockerfile:3:1 unknown instruction 'FOO'"},
       }) {
    INFO(text);
    std::string found = plan(text);
    REQUIRE(found.starts_with(error));
  }
  BuildOptions options = amd64();
  options.target = "buidl";
  REQUIRE(plan("FROM a AS build", options) ==
          "Dockerfile:1:1 the file has no stage 'buidl' (did you mean 'build'?)");
}
