#include "cli/command_line.hpp"

#include "cli/options.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::cli;

namespace {

// The flags of a verb like `build`.
struct Verb {
  Options options;
  FlagSet flags;
  std::vector<std::string> words, tags;
  FakeEnvironment environment;

  Verb() {
    flags.list("-t,--tag", "REF", "", tags);
    options.declare_build(flags);
    options.declare_store(flags);
    flags.words("SEL…", WordKind::selectors, 0, SIZE_MAX, words);
  }
  Result<Parsed> parse(const std::vector<std::string>& arguments) {
    return parse_command_line(flags, "build", arguments, environment);
  }
};

}  // namespace

TEST_CASE("flags and words may be mixed") {
  Verb verb;
  REQUIRE_OK(verb.parse({"api", "-kj4", "--tag=x:1", "web", "-t", "y:2", "--no-cache"}));
  CHECK(verb.words == std::vector<std::string>{"api", "web"});
  CHECK(verb.tags == std::vector<std::string>{"x:1", "y:2"});
  CHECK(verb.options.jobs == 4);
  CHECK(verb.options.keep_going);
  CHECK(verb.options.no_cache);
}

TEST_CASE("the command line wins over the environment, which wins over defaults") {
  Verb verb;
  verb.environment.variables = {{"TIERBUILD_JOBS", "8"}, {"TIERBUILD_STORE", "/env"}};
  REQUIRE_OK(verb.parse({"-j", "2"}));
  CHECK(verb.options.jobs == 2);
  CHECK(verb.options.store == "/env");
  CHECK(verb.options.progress == "auto");
}

TEST_CASE("a wrong value in the environment names the variable") {
  Verb verb;
  verb.environment.variables = {{"TIERBUILD_PROGRESS", "pretty"}};
  auto parsed = verb.parse({});
  REQUIRE_CODE(parsed, Code::invalid);
  CHECK(parsed.error().message().find("TIERBUILD_PROGRESS") != std::string::npos);
}

TEST_CASE("switches in the environment can be off") {
  Verb verb;
  verb.environment.variables = {{"TIERBUILD_OFFLINE", "0"}};
  REQUIRE_OK(verb.parse({}));
  CHECK_FALSE(verb.options.offline);
}

TEST_CASE("selectors with a dash are words") {
  Verb verb;
  REQUIRE_OK(verb.parse({"service:*", "-discord", "-tier:base", "+api", "-service:x"}));
  CHECK(verb.words.size() == 5);
  CHECK(verb.tags.empty());
}

TEST_CASE("the value of a flag is not taken for a selector") {
  Verb verb;
  REQUIRE_OK(verb.parse({"-t", "-dash"}));
  CHECK(verb.tags == std::vector<std::string>{"-dash"});
}

TEST_CASE("after two dashes everything is a word") {
  Verb verb;
  REQUIRE_OK(verb.parse({"--", "-k", "--tag"}));
  CHECK(verb.words == std::vector<std::string>{"-k", "--tag"});
  CHECK_FALSE(verb.options.keep_going);
}

TEST_CASE("words after two dashes go where a verb wants them") {
  FlagSet flags;
  std::vector<std::string> target, rest;
  flags.words("TARGET", WordKind::target, 1, 1, target);
  flags.rest("CMD…", rest);
  REQUIRE_OK(parse_command_line(flags, "run", {"api", "--", "sh", "-c", "a b"}, FakeEnvironment{}));
  CHECK(target == std::vector<std::string>{"api"});
  CHECK(rest == std::vector<std::string>{"sh", "-c", "a b"});
}

TEST_CASE("an unknown flag is refused with the nearest one") {
  Verb verb;
  auto parsed = verb.parse({"--keep-goin"});
  REQUIRE_CODE(parsed, Code::invalid);
  CHECK(parsed.error().message().find("did you mean '--keep-going'?") != std::string::npos);
  REQUIRE_CODE(verb.parse({"-x"}), Code::invalid);
  REQUIRE_CODE(verb.parse({"--keep-going=maybe", "--jobz=3"}), Code::invalid);
}

TEST_CASE("bad values are refused") {
  Verb verb;
  REQUIRE_CODE(verb.parse({"-j", "many"}), Code::invalid);
  REQUIRE_CODE(verb.parse({"-j"}), Code::invalid);
  REQUIRE_CODE(verb.parse({"--progress", "fancy"}), Code::invalid);
  REQUIRE_CODE(verb.parse({"--secret", "src=/x"}), Code::invalid);
  REQUIRE_CODE(verb.parse({"--secret", "id=a,src=/x,env=B"}), Code::invalid);
}

TEST_CASE("secrets come from files and variables") {
  Verb verb;
  REQUIRE_OK(verb.parse({"--secret", "id=a,src=/x", "--secret", "id=b,env=B", "--secret", "id=C"}));
  CHECK(verb.options.secrets["a"].file == "/x");
  CHECK(verb.options.secrets["b"].env == "B");
  CHECK(verb.options.secrets["C"].env == "C");
}

TEST_CASE("too few and too many words are refused") {
  FlagSet flags;
  std::vector<std::string> words;
  flags.words("REF", WordKind::none, 1, 1, words);
  REQUIRE_CODE(parse_command_line(flags, "pull", {}, FakeEnvironment{}), Code::invalid);
  REQUIRE_CODE(parse_command_line(flags, "pull", {"a", "b"}, FakeEnvironment{}), Code::invalid);
}

TEST_CASE("help is noticed wherever it stands and sets nothing") {
  Verb verb;
  auto parsed = verb.parse({"api", "-k", "--help"});
  REQUIRE_OK(parsed);
  CHECK(parsed->help);
  CHECK_FALSE(verb.options.keep_going);
}

TEST_CASE("a spelling belongs to the flag that was declared first") {
  FlagSet flags;
  std::string first, second;
  flags.text("--jobs", "X", "", first);
  flags.text("-j,--jobs", "N", "", second);
  REQUIRE_OK(parse_command_line(flags, "t", {"--jobs", "1", "-j", "2"}, FakeEnvironment{}));
  CHECK(first == "1");
  CHECK(second == "2");
}
