#include "cli/error_printer.hpp"

#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::cli;

namespace {

const SourceReader kSource = [](const std::string&) -> std::optional<std::string> {
  return "service 'discord' {\n  from = base,\n  helthcheck = health.http { port = 8001 },\n\tcmd = { 'x' "
         "},\n}\n";
};

std::string shown(const Error& error) {
  return format_error(error, Severity::error, {}, "/w", kSource);
}

}  // namespace

TEST_CASE("an error shows its number, place, line and underlined token") {
  Error error = Error(Code::invalid, "unknown field 'helthcheck' (did you mean 'healthcheck'?)")
                    .id("E012")
                    .at({"/w/services/Buildfile.lua", 3, 3});
  CHECK(shown(error) ==
        "error[E012]: unknown field 'helthcheck' (did you mean 'healthcheck'?)\n"
        "  --> services/Buildfile.lua:3:3\n"
        " 3 |   helthcheck = health.http { port = 8001 },\n"
        "   |   ^^^^^^^^^^\n");
}

TEST_CASE("frames become notes and the hint comes last") {
  Error error =
      Error(Code::network, "refused").with("while pulling {}", "x").with("in step y").hint("try again");
  CHECK(shown(error) ==
        "error: refused\n  = note: while pulling x\n  = note: in step y\n  = help: try again\n");
}

TEST_CASE("tabs keep the underline below its token") {
  std::string text = shown(Error(Code::invalid, "m").at({"/w/B", 4, 2}));
  CHECK(text == "error: m\n  --> B:4:2\n 4 |   cmd = { 'x' },\n   |   ^^^\n");
}

TEST_CASE("a place outside of the file is named without a line") {
  CHECK(shown(Error(Code::invalid, "m").at({"/w/B", 99, 2})) == "error: m\n  --> B:99:2\n");
  CHECK(shown(Error(Code::invalid, "m").at({"/w/B", 1, 0})) ==
        "error: m\n  --> B:1\n 1 | service 'discord' {\n");
}

TEST_CASE("control characters of a message cannot reach the terminal") {
  CHECK(shown(Error(Code::invalid, "a\x1b[2Jb")) == "error: a\\x1b[2Jb\n");
}

TEST_CASE("tokens are names, quoted texts or single characters") {
  CHECK(token_at("from = 'a b'", 1) == "from");
  CHECK(token_at("from = 'a b'", 8) == "'a b'");
  CHECK(token_at("from = 'a b", 8) == "'a b");
  CHECK(token_at("from = {", 8) == "{");
  CHECK(token_at("x", 2).empty());
  CHECK(token_at("x", 0).empty());
}

TEST_CASE("only files below the base are shortened") {
  CHECK(relative_name("/w/a/b", "/w") == "a/b");
  CHECK(relative_name("/elsewhere/a", "/w") == "/elsewhere/a");
}

TEST_CASE("errors as JSON are one line") {
  Error error = Error(Code::not_found, "no\nfile").at({"f", 2, 3}).with("in x").hint("h").id("E1");
  CHECK(
      error_json(error, Severity::error) ==
      R"({"event":"error","code":"not_found","message":"no\nfile","id":"E1","file":"f","line":2,"column":3,)"
      R"("context":["in x"],"hint":"h"})"
      "\n");
}
