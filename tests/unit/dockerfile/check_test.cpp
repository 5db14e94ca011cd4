#include "dockerfile/build.hpp"

#include "base/strings.hpp"
#include "describe.hpp"
#include "dockerfile/parse.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::dockerfile;

namespace {

std::vector<CheckFinding> findings(std::string_view text) {
  auto file = parse(text, "Dockerfile");
  REQUIRE_OK(file);
  BuildOptions options;
  options.args = {{"TAG", "1"}};
  options.ignored = [](const std::string& path) { return path == "secret" || path.starts_with("dist/"); };
  auto result = build(*file, options, [](const Origin&, const image::Platform& platform, const Range&) {
    image::Config config;
    config.platform = platform;
    return Result<image::Config>(config);
  });
  REQUIRE_OK(result);
  return result->findings;
}

/// "line:column Rule" of each.
std::string rules(std::string_view text) {
  std::vector<std::string> names;
  for (const CheckFinding& finding : findings(text))
    names.push_back(fmt::format("{}:{} {}", finding.where.line, finding.where.column, finding.rule));
  return join(names, ", ");
}

}  // namespace

TEST_CASE("each check finds what it is about, and nothing else") {
  struct Case {
    const char *text, *found;
  };
  for (auto [text, found] : {
           Case{"FROM a\nRUN b", ""},
           Case{"FROM a AS Build", "1:11 StageNameCasing"},
           Case{"FROM a as b", "1:8 FromAsCasing"},
           Case{"from a as b", ""},
           Case{"from a AS b", "1:8 FromAsCasing"},
           Case{"From a as b", "1:1 ConsistentInstructionCasing"},
           Case{"FROM a\nRUN b \\\n\n c", "3:1 NoEmptyContinuation"},
           Case{"FROM a\nRUN b\nrun c", "3:1 ConsistentInstructionCasing"},
           Case{"from a\nrun b\nRUN c", "3:1 ConsistentInstructionCasing"},
           Case{"FROM a\nrun b", "2:1 ConsistentInstructionCasing"},
           Case{"FROM a AS x\nFROM b AS x", "2:11 DuplicateStageName"},
           Case{"FROM a AS scratch", "1:11 ReservedStageName"},
           Case{"FROM a AS context", "1:11 ReservedStageName"},
           Case{"FROM a\nCMD b", "2:1 JSONArgsRecommended"},
           Case{"FROM a\nENTRYPOINT b", "2:1 JSONArgsRecommended"},
           Case{"FROM a\nSHELL [\"s\"]\nCMD b", ""},
           Case{"FROM a\nMAINTAINER b", "2:1 MaintainerDeprecated"},
           Case{"FROM a$TAG", "1:6 UndefinedArgInFrom"},
           Case{"ARG TAG\nFROM a:${TAG:-1}", ""},
           Case{"ARG TAG\nFROM a:$TAG", "2:6 InvalidDefaultArgInFrom"},
           Case{"ARG TAG=1\nFROM a:$TAG", ""},
           Case{"FROM a\nWORKDIR b\nWORKDIR c", "2:9 WorkdirRelativePath"},
           Case{"FROM a\nWORKDIR /b\nWORKDIR c", ""},
           Case{"FROM a AS x\nWORKDIR /b\nFROM x\nWORKDIR c", ""},
           Case{"FROM a\nLABEL b=$C", "2:9 UndefinedVar"},
           Case{"FROM a\nARG C\nLABEL b=$C", ""},
           Case{"FROM a\nLABEL b=$C \\\n c=$C$C", "2:9 UndefinedVar, 3:4 UndefinedVar"},
           Case{"FROM a\nLABEL b=${C:-d}", "2:9 UndefinedVar"},
           Case{"FROM a\nRUN echo $C", ""},
           Case{"FROM a\nCOPY <<EOF /x\n$C\nEOF", "3:1 UndefinedVar"},
           Case{"FROM a\nCMD [\"b\"]\nCMD [\"c\"]", "2:1 MultipleInstructionsDisallowed"},
           Case{"FROM a\nHEALTHCHECK NONE\nHEALTHCHECK CMD b\nHEALTHCHECK NONE",
                "2:1 MultipleInstructionsDisallowed, 3:1 MultipleInstructionsDisallowed"},
           Case{"FROM a AS x\nCMD [\"b\"]\nFROM x\nCMD [\"c\"]", ""},
           Case{"FROM a\nENV b c", "2:5 LegacyKeyValueFormat"},
           Case{"FROM a\nLABEL b c", "2:7 LegacyKeyValueFormat"},
           Case{"FROM --platform=$TARGETPLATFORM a", "1:6 RedundantTargetPlatform"},
           Case{"FROM --platform=$BUILDPLATFORM a", ""},
           Case{"FROM --platform=linux/amd64 a", "1:6 FromPlatformFlagConstDisallowed"},
           Case{"FROM --platform=linux/amd64 a AS b-amd64", ""},
           Case{"FROM a\nARG DB_PASSWORD", "2:5 SecretsUsedInArgOrEnv"},
           Case{"FROM a\nENV API_KEY=x", "2:5 SecretsUsedInArgOrEnv"},
           Case{"FROM a\nENV PUBLIC_KEY=x TOKEN_FILE=y KEYBOARD=z monkey=q", ""},
           Case{"FROM a\nCOPY b secret dist/x /c/", "2:8 CopyIgnoredFile, 2:15 CopyIgnoredFile"},
           Case{"FROM a AS x\nFROM a\nCOPY --from=x secret .", ""},
           Case{"FROM a\nADD http://a.example/secret ./secret /c/", "2:29 CopyIgnoredFile"},
           Case{"FROM a\nEXPOSE 80/TCP", "2:8 ExposeProtoCasing"},
           Case{"FROM a\nEXPOSE 80:80", "2:8 ExposeInvalidFormat"},
           Case{"FROM a\nEXPOSE 127.0.0.1:80:80", "2:8 ExposeInvalidFormat"},
           Case{"FROM a\nEXPOSE [::1]:80:80", "2:8 ExposeInvalidFormat"},
           Case{"# check=experimental=all\n# says\nARG A=1\nFROM a", "3:1 InvalidDefinitionDescription"},
           Case{"# check=experimental=all\n# A says\nARG A=1\n# b is\nFROM a AS b", ""},
           Case{"# check=experimental=InvalidDefinitionDescription\n# x\nFROM a AS b",
                "3:1 InvalidDefinitionDescription"},
           Case{"# check=skip=StageNameCasing,FromAsCasing\nFROM a as Build", ""},
           Case{"# check=skip=all\nFROM a as Build\nCMD x", ""},
           Case{"FROM a\n# check=skip=JSONArgsRecommended\nCMD x\nENTRYPOINT y", "4:1 JSONArgsRecommended"},
       }) {
    INFO(text);
    REQUIRE(rules(text) == found);
  }
}

TEST_CASE("messages are BuildKit's") {
  auto message = [](std::string_view text) {
    std::vector<CheckFinding> found = findings(text);
    REQUIRE(found.size() == 1);
    return found[0].message;
  };
  REQUIRE(message("FROM a AS Build") == "Stage name 'Build' should be lowercase");
  REQUIRE(message("FROM a as b") == "'as' and 'FROM' keywords' casing do not match");
  REQUIRE(message("FROM a\nCMD b") ==
          "JSON arguments recommended for CMD to prevent unintended behavior related to OS signals");
  REQUIRE(message("FROM a\nENV VERSION=1\nLABEL b=$VERSON") ==
          "Usage of undefined variable '$VERSON' (did you mean $VERSION?)");
  REQUIRE(message("FROM a\nENV b c") ==
          "\"ENV key=value\" should be used instead of legacy \"ENV key value\" format");
  REQUIRE(message("FROM a\nARG TOKEN") ==
          "Do not use ARG or ENV instructions for sensitive data (ARG \"TOKEN\")");
}

TEST_CASE("options of the checks") {
  auto options = CheckOptions::parse("skip=A, B;error=true;experimental=all");
  REQUIRE_OK(options);
  REQUIRE(options->skip == std::set<std::string>{"A", "B"});
  REQUIRE(options->error);
  REQUIRE(options->experimental_all);
  REQUIRE_OK(CheckOptions::parse(""));
  for (const char* text : {"skip", "error=maybe", "all", "skip=A;;"}) {
    INFO(text);
    REQUIRE_CODE(CheckOptions::parse(text), Code::invalid);
  }
}
