#include "dockerfile/parse.hpp"

#include "base/strings.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::dockerfile;

namespace {

File file(std::string_view text) {
  auto parsed = parse(text, "Dockerfile");
  REQUIRE_OK(parsed);
  return *parsed;
}

/// The instruction behind `FROM scratch`.
Instruction one(std::string_view text) {
  File parsed = file("FROM scratch\n" + std::string(text));
  REQUIRE(parsed.stages.size() == 1);
  REQUIRE(parsed.stages[0].steps.size() == 1);
  return parsed.stages[0].steps[0];
}
template <class T>
T as(std::string_view text) {
  Instruction instruction = one(text);
  REQUIRE(std::holds_alternative<T>(instruction.kind));
  return std::get<T>(instruction.kind);
}

std::string str(const Range& range) {
  return fmt::format("{}:{}-{}:{}", range.line, range.column, range.end_line, range.end_column);
}

std::string str(const std::vector<Word>& words) {
  std::vector<std::string> texts;
  for (const Word& word : words) texts.push_back(word.text);
  return join(texts, "|");
}

std::string str(const std::vector<KeyValue>& items) {
  std::vector<std::string> texts;
  for (const KeyValue& item : items)
    texts.push_back(item.key.text + (item.legacy ? " " : "=") + item.value.text);
  return join(texts, "|");
}

std::string str(const CommandLine& line) {
  return (line.form == CommandLine::Form::exec ? "exec:" : "shell:") + join(line.words, "|");
}

}  // namespace

TEST_CASE("directives stand in front of everything else") {
  struct Case {
    const char *text, *directives;
  };
  for (auto [text, expected] : {
           Case{"FROM a", ""},
           Case{"# syntax=docker/dockerfile:1\nFROM a", "syntax=docker/dockerfile:1 1:1-1:29"},
           Case{"#syntax = x \n  # Escape=`\nFROM a", "escape=` 2:3-2:13|syntax=x 1:1-1:13"},
           Case{"\xEF\xBB\xBF# check=skip=all\r\nFROM a\r\n", "check=skip=all 1:1-1:17"},
           Case{"# a comment\n# escape=`\nFROM a", ""},
           Case{"\n# escape=`\nFROM a", ""},
           Case{"# other=x\n# escape=`\nFROM a", ""},
           Case{"FROM a\n# escape=`", ""},
           Case{"# escape=\nFROM a", ""},
           Case{"#\tescape\t=\t\\\nFROM a", "escape=\\ 1:1-1:13"},
       }) {
    INFO(text);
    std::vector<std::string> directives;
    for (const auto& [name, directive] : file(text).directives)
      directives.push_back(name + "=" + directive.value + " " + str(directive.range));
    REQUIRE(join(directives, "|") == expected);
  }
}

TEST_CASE("stages and the arguments in front of them") {
  File parsed = file(
      "ARG VERSION=3\n"
      "arg A B=\n"
      "FROM --platform=$BUILDPLATFORM golang:${VERSION} AS Build\n"
      "RUN make\n"
      "from build as Tests\n"
      "FROM \"scratch\"\n");
  REQUIRE(parsed.globals.size() == 2);
  REQUIRE(parsed.stages.size() == 3);
  const From& build = parsed.stages[0].head();
  REQUIRE(build.image.text == "golang:${VERSION}");
  REQUIRE(str(build.image.range) == "3:32-3:49");
  REQUIRE(build.platform->text == "$BUILDPLATFORM");
  REQUIRE(build.name == "build");
  REQUIRE(build.written_name.text == "Build");
  REQUIRE(str(build.written_name.range) == "3:53-3:58");
  REQUIRE(build.as.text == "AS");
  REQUIRE(parsed.stages[0].steps.size() == 1);
  REQUIRE(parsed.stages[1].head().name == "tests");
  REQUIRE(parsed.stages[1].from.keyword.text == "from");
  REQUIRE(parsed.stages[2].head().image.text == "\"scratch\"");
  REQUIRE(parsed.stages[2].head().name.empty());
  const Arg& arg = std::get<Arg>(parsed.globals[1].kind);
  REQUIRE(arg.items.size() == 2);
  REQUIRE_FALSE(arg.items[0].value);
  REQUIRE(arg.items[1].value->text.empty());
}

TEST_CASE("lines are continued by the escape character") {
  struct Case {
    const char *text, *command;
  };
  for (auto [text, expected] : {
           Case{"RUN a \\\n  b", "a   b"},
           Case{"RUN a\\\nb", "ab"},
           Case{"RUN a \\  \t\n b", "a  b"},
           Case{"RUN a \\\r\n b\r\n", "a  b"},
           Case{"RUN a \\\n# comment\n  # another\n b", "a  b"},
           Case{"RUN a \\\n\n \n b", "a  b"},
           Case{"RUN a \\\\\n", "a \\\\"},
           Case{"RUN a \\", "a"},
           Case{"RUN \\\na", "a"},
           Case{"\\\nRUN a", "a"},
           Case{"RUN a # no comment", "a # no comment"},
           Case{"RUN a \\\n b # \\\n c", "a  b #  c"},
           Case{"  RUN   a  b  ", "a  b"},
           Case{"RUN\ta", "a"},
       }) {
    INFO(text);
    REQUIRE(str(as<Run>(text).command) == "shell:" + std::string(expected));
  }
  REQUIRE(str(std::get<Run>(file("# escape=`\nFROM a\nRUN dir C:\\ `\n && x\\").stages[0].steps[0].kind)
                  .command) == "shell:dir C:\\  && x\\");
  REQUIRE(one("RUN a \\\n\n\n b").empty_lines == std::vector<int>{3, 4});
}

TEST_CASE("places of instructions and their parts") {
  Instruction copy = one("  COPY --chown=app:app \\\n    --chmod=755 \\\n# why\n  a  b \\\n  /c/");
  REQUIRE(str(copy.range) == "2:3-6:6");
  REQUIRE(str(copy.keyword.range) == "2:3-2:7");
  const Copy& parts = std::get<Copy>(copy.kind);
  REQUIRE(str(parts.chown->range) == "2:8-2:23");
  REQUIRE(str(parts.chmod->range) == "3:5-3:16");
  REQUIRE(str(parts.sources[0].range) == "5:3-5:4");
  REQUIRE(str(parts.sources[1].range) == "5:6-5:7");
  REQUIRE(str(parts.to.range) == "6:3-6:6");
  const Env env = as<Env>("ENV A=1 \\\n    B=\"x y\"");
  REQUIRE(str(env.items[0].key.range) == "2:5-2:6");
  REQUIRE(str(env.items[0].value.range) == "2:7-2:8");
  REQUIRE(str(env.items[1].value.range) == "3:7-3:12");
  Instruction run = one("RUN <<EOF\necho a\necho b\nEOF\n");
  REQUIRE(str(run.range) == "2:1-5:4");
  REQUIRE(str(std::get<Run>(run.kind).command.heredocs[0].range) == "3:1-5:1");
}

TEST_CASE("a JSON list is exec form, and what is none is shell form") {
  struct Case {
    const char *text, *command;
  };
  for (auto [text, expected] : {
           Case{"[\"a\", \"b c\"]", "exec:a|b c"},
           Case{"[ ]", "exec:"},
           Case{"[\"a\\u0041\\n\"]", "exec:aA\n"},
           Case{"['a']", "shell:['a']"},
           Case{"[\"a\"", "shell:[\"a\""},
           Case{"[\"a\",]", "shell:[\"a\",]"},
           Case{"[\"a\"] b", "shell:[\"a\"] b"},
           Case{"[ -f x ] && y", "shell:[ -f x ] && y"},
           Case{"{\"a\": 1}", "shell:{\"a\": 1}"},
           Case{"\"a\"", "shell:\"a\""},
           Case{"", "shell:"},
           Case{"[\\\n\"a\", \\\n\"b\"]", "exec:a|b"},
       }) {
    INFO(text);
    std::string rest = std::string(" ") + text;
    REQUIRE(str(as<Run>("RUN" + rest).command) == expected);
    REQUIRE(str(as<Cmd>("CMD" + rest).command) == expected);
    REQUIRE(str(as<Entrypoint>("ENTRYPOINT" + rest).command) == expected);
  }
}

TEST_CASE("heredocs") {
  struct Case {
    const char *text, *heredocs;
  };
  auto describe = [](const std::vector<Heredoc>& heredocs) {
    std::vector<std::string> parts;
    for (const Heredoc& one : heredocs)
      parts.push_back(one.name + (one.expands ? "" : " quoted") + ":" + one.text());
    return join(parts, "|");
  };
  for (auto [text, expected] : {
           Case{"RUN <<EOF\na\nEOF", "EOF:a\n"},
           Case{"RUN <<EOF\nEOF", "EOF:"},
           Case{"RUN <<'EOF' cat\na\nEOF\n", "EOF quoted:a\n"},
           Case{"RUN <<\"E F\"\na\nE F\n", "E F quoted:a\n"},
           Case{"RUN <<E\"O\"F\na\nEOF\n", "EOF quoted:a\n"},
           Case{"RUN <<-EOF\n\ta\n\t\tb\n\tEOF", "EOF:a\nb\n"},
           Case{"RUN << EOF\na\nEOF", "EOF:a\n"},
           Case{"RUN cat 3<<EOF <&3\na\nEOF", "EOF:a\n"},
           Case{"RUN cat <<A <<-B\na\nA\n\tb\nB", "A:a\n|B:b\n"},
           Case{"RUN <<EOF\r\na\r\nEOF\r\n", "EOF:a\r\n"},
           Case{"RUN <<EOF\n# no comment\n\n a \\\n EOF\nEOF", "EOF:# no comment\n\n a \\\n EOF\n"},
           Case{"RUN \\\n  <<EOF\na\nEOF", "EOF:a\n"},
           Case{"RUN <<$X\na\n$X", "$X:a\n"},
           Case{"RUN cat<<EOF", ""},
           Case{"RUN cat <<<EOF", ""},
           Case{"RUN echo '<<EOF'", ""},
           Case{"RUN echo \\<<EOF", ""},
           Case{"RUN echo 'open <<EOF", ""},
           Case{"RUN [\"a\", \"<<EOF\"]", ""},
           Case{"RUN a << <<", ""},
       }) {
    INFO(text);
    REQUIRE(describe(as<Run>(text).command.heredocs) == expected);
  }
  Copy copy = as<Copy>("COPY <<a.txt other <<-'b' /to/\nA\na.txt\n\tB\nb\n");
  REQUIRE(describe(copy.texts) == "a.txt:A\n|b quoted:B\n");
  REQUIRE(str(copy.sources) == "other");
  REQUIRE(copy.to.text == "/to/");
  REQUIRE(as<Onbuild>("ONBUILD RUN <<EOF\na\nEOF").trigger == "RUN <<EOF\na\nEOF");
  REQUIRE(str(as<Cmd>("CMD cat <<EOF").command) == "shell:cat <<EOF");
}

TEST_CASE("names with values") {
  struct Case {
    const char *text, *items;
  };
  for (auto [text, expected] : {
           Case{"a=1", "a=1"},
           Case{"a=1 b=2\tc=", "a=1|b=2|c="},
           Case{"a=\"x y\" b='z=1' c=d\\ e", "a=\"x y\"|b='z=1'|c=d\\ e"},
           Case{"a=b=c", "a=b=c"},
           Case{"a 1 2=3", "a 1 2=3"},
           Case{"a  x ", "a x"},
           Case{"a=1\\", "a=1"},
           Case{"\"a b\"=c", "\"a b\"=c"},
           Case{"a=\"x\\\" y\" b=1", "a=\"x\\\" y\"|b=1"},
       }) {
    INFO(text);
    REQUIRE(str(as<Env>("ENV " + std::string(text)).items) == expected);
    REQUIRE(str(as<Label>("LABEL " + std::string(text)).items) == expected);
  }
}

TEST_CASE("flags of COPY and ADD") {
  Copy copy = as<Copy>(
      "COPY --from=build --chown=1:2 --chmod=u+x --link --parents=true --exclude=*.o --exclude=\"a b\" x y "
      "/z");
  REQUIRE(copy.verb == Copy::Verb::copy);
  REQUIRE(copy.from->text == "build");
  REQUIRE(copy.chown->text == "1:2");
  REQUIRE(copy.chmod->text == "u+x");
  REQUIRE(copy.link);
  REQUIRE(copy.parents);
  REQUIRE(str(copy.exclude) == "*.o|a b");
  REQUIRE(str(copy.sources) == "x|y");
  REQUIRE_FALSE(as<Copy>("COPY --link=false a b").link);
  Copy add = as<Copy>("ADD --keep-git-dir=false --checksum=sha256:0 --unpack [\"a b\", \"/c\"]");
  REQUIRE(add.verb == Copy::Verb::add);
  REQUIRE(add.keep_git_dir == false);
  REQUIRE(add.unpack == true);
  REQUIRE(add.checksum->text == "sha256:0");
  REQUIRE(str(add.sources) == "a b");
  REQUIRE(str(as<Copy>("COPY -- --from=x /y").sources) == "--from=x");
  REQUIRE(str(as<Copy>("COPY --from= a /y").sources) == "a");
}

TEST_CASE("flags of RUN") {
  Run run = as<Run>(
      "RUN --mount=type=cache,target=/c --mount=type=bind,\"target=/b\" --network=none --security=insecure "
      "--device=a a --mount=x");
  REQUIRE(str(run.mounts) == "type=cache,target=/c|type=bind,target=/b");
  REQUIRE(run.network == Run::Network::none);
  REQUIRE(run.security == Run::Security::insecure);
  REQUIRE(str(run.devices) == "a");
  REQUIRE(str(run.command) == "shell:a --mount=x");
  REQUIRE(as<Run>("RUN --network=default a").network == Run::Network::standard);
  REQUIRE(as<Run>("RUN --network=host a").network == Run::Network::host);
}

TEST_CASE("the other instructions") {
  REQUIRE(str(as<Expose>("EXPOSE 80 8000-8010/udp $PORT").ports) == "80|8000-8010/udp|$PORT");
  REQUIRE(str(as<Volume>("VOLUME /a /b").paths) == "/a|/b");
  REQUIRE(str(as<Volume>("VOLUME [\"/a b\", \" /c \"]").paths) == "/a b|/c");
  REQUIRE(as<User>("USER app : staff").user.text == "app : staff");
  REQUIRE(as<Workdir>("WORKDIR  a b ").path.text == "a b");
  REQUIRE(as<StopSignal>("STOPSIGNAL SIGTERM").signal.text == "SIGTERM");
  REQUIRE(as<Shell>("SHELL [\"bash\", \"-c\"]").words == std::vector<std::string>{"bash", "-c"});
  REQUIRE(as<Maintainer>("MAINTAINER a <b@c>").text.text == "a <b@c>");
  REQUIRE(as<Onbuild>("ONBUILD COPY a b").trigger == "COPY a b");
  REQUIRE(as<Onbuild>("ONBUILD FOO a \\\n b").trigger == "FOO a  b");
}

TEST_CASE("health checks") {
  image::Healthcheck check = as<HealthCheck>(
                                 "HEALTHCHECK --interval=1m30s --timeout=250ms --start-period=1.5s "
                                 "--start-interval=0 --retries=4 CMD a b")
                                 .check;
  REQUIRE(check.test == std::vector<std::string>{"CMD-SHELL", "a b"});
  REQUIRE(check.interval_ns == 90'000'000'000);
  REQUIRE(check.timeout_ns == 250'000'000);
  REQUIRE(check.start_period_ns == 1'500'000'000);
  REQUIRE(check.start_interval_ns == 0);
  REQUIRE(check.retries == 4);
  REQUIRE(as<HealthCheck>("HEALTHCHECK cmd [\"a\", \"b\"]").check.test ==
          std::vector<std::string>{"CMD", "a", "b"});
  REQUIRE(as<HealthCheck>("HEALTHCHECK NONE").check.test == std::vector<std::string>{"NONE"});
  REQUIRE(as<HealthCheck>("HEALTHCHECK --retries=1 None").check.test == std::vector<std::string>{"NONE"});
}

TEST_CASE("comments belong to the instruction behind them") {
  File parsed = file("# first\n\n# second\nARG A\n# third\n#\n# fourth\nFROM a\n");
  REQUIRE(parsed.globals[0].comments == std::vector<std::string>{"first", "second"});
  REQUIRE(parsed.stages[0].from.comments == std::vector<std::string>{"fourth"});
}

TEST_CASE("errors have a place and say what is wrong") {
  struct Case {
    const char *text, *where, *message;
  };
  for (auto [text, where, message] : {
           Case{"", "1:1", "the file holds no instruction"},
           Case{"# only a comment\n", "1:1", "the file holds no instruction"},
           Case{"ARG A\n", "1:1", "the file has no FROM"},
           Case{"\nRUN a\nFROM b", "2:1", "RUN stands in front of the first FROM"},
           Case{"FROM a\n RUNN b", "2:2", "unknown instruction 'RUNN' (did you mean 'RUN'?)"},
           Case{"FROM a\nxyzzy", "2:1", "unknown instruction 'xyzzy'"},
           Case{"# escape=x\nFROM a", "1:1", "the escape character must be '\\' or '`', not 'x'"},
           Case{"# escape=`\n# escape=`\nFROM a", "2:1", "the directive 'escape' is given twice"},
           Case{"FROM", "1:1", "FROM takes an image, or an image, AS and a name"},
           Case{"FROM a b", "1:1", "FROM takes an image, or an image, AS and a name"},
           Case{"FROM a AS 1b", "1:11", "'1b' cannot name a stage"},
           Case{"FROM --plat=x a", "1:6", "FROM has no flag '--plat'"},
           Case{"FROM a\nCOPY --form=b c d", "2:6", "COPY has no flag '--form' (did you mean '--from'?)"},
           Case{"FROM a\nCOPY --checksum=b c d", "2:6", "COPY has no flag '--checksum'"},
           Case{"FROM a\nADD --from=b c d", "2:5", "ADD has no flag '--from'"},
           Case{"FROM a\nCOPY --chown c d", "2:6", "the flag '--chown' needs a value"},
           Case{"FROM a\nCOPY --chown=1 \\\n --chown=2 c d", "3:2", "the flag '--chown' is given twice"},
           Case{"FROM a\nCOPY --link=maybe c d", "2:6", "the flag '--link' is either true or false"},
           Case{"FROM a\nCOPY --link= c d", "2:6", "the flag '--link' is either true or false"},
           Case{"FROM a\nCOPY b", "2:1", "COPY needs at least one source and a destination"},
           Case{"FROM a\nCOPY b <<EOF\nEOF", "2:8", "a heredoc cannot be the destination of COPY"},
           Case{"FROM a\nCOPY [\"a\", 1] b", "2:6", ""},
           Case{"FROM a\nCOPY [\"a\", 1]", "2:6", "a JSON list of an instruction can hold nothing but texts"},
           Case{"FROM a\nRUN \\\n [1]", "3:2", "a JSON list of an instruction can hold nothing but texts"},
           Case{"FROM a\nCMD [[\"a\"]]", "2:5", "a JSON list of an instruction can hold nothing but texts"},
           Case{"FROM a\nRUN <<EOF\nb\n", "2:1", "the heredoc 'EOF' has no end"},
           Case{"FROM a\nRUN --network=some b", "2:5", "'some' is no network"},
           Case{"FROM a\nRUN --security=some b", "2:5", "'some' is no security"},
           Case{"FROM a\nRUN --mount=type=bind,\\\"x b", "2:5", "a '\"' is not closed"},
           Case{"FROM a\nRUN --mount=from=$x,target=/y b", "2:5",
                "the key 'from' of a mount takes no variables"},
           Case{"FROM a\nENV", "2:1", "ENV needs name=value"},
           Case{"FROM a\nENV b", "2:5", "ENV needs a value for 'b'"},
           Case{"FROM a\nENV b=1 \\\n c", "3:2", "'c' lacks a '='"},
           Case{"FROM a\nLABEL =c", "2:7", "a LABEL has no name"},
           Case{"FROM a\nLABEL --x a=b", "2:7", "LABEL takes no flags, but has '--x'"},
           Case{"FROM a\nARG", "2:1", "ARG needs the name of an argument"},
           Case{"FROM a\nARG =b", "2:5", "an argument has no name"},
           Case{"FROM a\nUSER", "2:1", "USER needs an argument"},
           Case{"FROM a\nWORKDIR", "2:1", "WORKDIR needs an argument"},
           Case{"FROM a\nSTOPSIGNAL", "2:1", "STOPSIGNAL needs an argument"},
           Case{"FROM a\nEXPOSE", "2:1", "EXPOSE needs a port"},
           Case{"FROM a\nVOLUME", "2:1", "VOLUME needs a path"},
           Case{"FROM a\nVOLUME [\" \"]", "2:8", "a path of VOLUME is empty"},
           Case{"FROM a\nSHELL bash -c", "2:7", "SHELL takes a JSON list"},
           Case{"FROM a\nSHELL []", "2:1", "SHELL needs an argument"},
           Case{"FROM a\nHEALTHCHECK", "2:1", "HEALTHCHECK needs CMD and a command, or NONE"},
           Case{"FROM a\nHEALTHCHECK NONE x", "2:18", "HEALTHCHECK NONE takes no arguments"},
           Case{"FROM a\nHEALTHCHECK CMD", "2:13", "HEALTHCHECK CMD needs a command"},
           Case{"FROM a\nHEALTHCHECK curl x", "2:13", "'curl' is no kind of HEALTHCHECK"},
           Case{"FROM a\nHEALTHCHECK --interval=5 CMD x", "2:13", "'5' is no duration"},
           Case{"FROM a\nHEALTHCHECK --interval=-5s CMD x", "2:13", "--interval cannot be less than 1ms"},
           Case{"FROM a\nHEALTHCHECK --timeout=1us CMD x", "2:13", "--timeout cannot be less than 1ms"},
           Case{"FROM a\nHEALTHCHECK --retries=x CMD x", "2:13", "'x' is no number of retries"},
           Case{"FROM a\nHEALTHCHECK --retries=-1 CMD x", "2:13", "--retries cannot be negative"},
           Case{"FROM a\nHEALTHCHECK --retrie=1 CMD x", "2:13",
                "HEALTHCHECK has no flag '--retrie' (did you mean '--retries'?)"},
           Case{"FROM a\nONBUILD", "2:1", "ONBUILD needs an instruction"},
           Case{"FROM a\nONBUILD ONBUILD RUN b", "2:9", "ONBUILD cannot trigger ONBUILD"},
           Case{"FROM a\nONBUILD from b", "2:9", "ONBUILD cannot trigger from"},
           Case{"FROM a\nONBUILD ENV b", "2:13", "ENV needs a value for 'b'"},
       }) {
    INFO(text);
    auto parsed = parse(text, "Dockerfile");
    if (std::string_view(message).empty()) {  // a list with something behind it is plain words
      REQUIRE_OK(parsed);
      continue;
    }
    REQUIRE_CODE(parsed, Code::invalid);
    REQUIRE(parsed.error().where().str() == "Dockerfile:" + std::string(where));
    REQUIRE(parsed.error().message().starts_with(message));
  }
}

TEST_CASE("a trigger is read for the file that builds on it") {
  File parsed = file("FROM a");
  const Range& at = parsed.stages[0].from.range;
  auto trigger = parse_trigger("RUN <<EOF\nb\nEOF", parsed, at);
  REQUIRE_OK(trigger);
  REQUIRE(trigger->range == at);
  REQUIRE(std::get<Run>(trigger->kind).command.heredocs[0].content == "b\n");
  for (const char* text : {"", "FOO", "FROM b", "RUN a\nRUN b", "COPY --bad a b", "RUN <<EOF"}) {
    INFO(text);
    auto wrong = parse_trigger(text, parsed, at);
    REQUIRE_CODE(wrong, Code::invalid);
    REQUIRE(wrong.error().where().str() == "Dockerfile:1:1");
  }
}
