#include "fs/glob.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using fs::IgnoreRules;

namespace {

IgnoreRules rules(std::string_view text) {
  Result<IgnoreRules> parsed = IgnoreRules::parse(text);
  REQUIRE_OK(parsed);
  return *parsed;
}

bool ignored(std::string_view text, std::string_view path) {
  return rules(text).ignores(path, false);
}

}  // namespace

TEST_CASE("a rule covers what it names and all below") {
  REQUIRE(ignored("node_modules", "node_modules/a/b.js"));
  REQUIRE_FALSE(ignored("node_modules", "web/node_modules/a.js"));
  REQUIRE(ignored("**/node_modules", "web/node_modules/a.js"));
  REQUIRE(ignored("*/temp*", "a/temporary.txt"));
  REQUIRE_FALSE(ignored("*/temp*", "temporary.txt"));
  REQUIRE(ignored("temp?", "tempa"));
  REQUIRE(ignored("*", "a/b"));
}

TEST_CASE("the last rule that matches wins") {
  REQUIRE_FALSE(ignored("*.md\n!README.md", "README.md"));
  REQUIRE(ignored("*.md\n!README*.md\nREADME-secret.md", "README-secret.md"));
  REQUIRE(ignored("!README.md\n*.md", "README.md"));
  REQUIRE_FALSE(ignored("*\n!src", "src/deep/a.c"));
  REQUIRE(ignored("*\n!src", "lib/a.c"));
  REQUIRE(ignored("*\n!src\nsrc/secret", "src/secret/key"));
}

TEST_CASE("patterns are cleaned as Docker cleans them") {
  REQUIRE(ignored("/foo/bar", "foo/bar"));
  REQUIRE(ignored("./foo//bar", "foo/bar"));
  REQUIRE(ignored("foo/../bar", "bar"));
  REQUIRE(ignored("/../bar", "bar"));
  REQUIRE(ignored("  foo \r", "foo"));
  REQUIRE_FALSE(ignored("foo\n! /foo", "foo"));
  REQUIRE(ignored("\xEF\xBB\xBF# comment\n\n foo", "foo"));
  REQUIRE(ignored("\\#x", "#x"));
}

TEST_CASE("rules that can name nothing below the root are no rules") {
  for (const char* text : {".", "/", "..", "../x", "a/../..", "# only a comment", "", "\n\n"})
    REQUIRE(rules(text).empty());
}

TEST_CASE("two stars at the end mean the content, not the directory") {
  REQUIRE(ignored("a/**", "a/b"));
  REQUIRE(ignored("a/**", "a/b/c"));
  REQUIRE_FALSE(rules("a/**").ignores("a", true));
  REQUIRE(ignored("**", "a"));
  REQUIRE(ignored("**.pyc", "a/b.pyc"));
  REQUIRE(ignored("**.pyc", "b.pyc"));
  REQUIRE(ignored("a/**/b", "a/b"));
}

TEST_CASE("braces are ordinary characters") {
  REQUIRE(ignored("{a,b}", "{a,b}"));
  REQUIRE_FALSE(ignored("{a,b}", "a"));
  REQUIRE(ignored("x{", "x{"));
}

TEST_CASE("a trailing slash matches directories only") {
  IgnoreRules build = rules("build/");
  REQUIRE(build.ignores("build", true));
  REQUIRE_FALSE(build.ignores("build", false));
  REQUIRE(build.ignores("build/a.o", false));
}

TEST_CASE("a bad rule names its line") {
  for (const char* text : {"ok\n[a", "ok\n!", "ok\nfoo\\"}) {
    Result<IgnoreRules> parsed = IgnoreRules::parse(text);
    REQUIRE_CODE(parsed, Code::invalid);
    REQUIRE(parsed.error().str().find("line 2") != std::string::npos);
  }
}

TEST_CASE("an ignored directory is entered only for a later rule that could re-include") {
  REQUIRE(rules("a\n!a/keep").may_reinclude_below("a"));
  REQUIRE(rules("*\n!a/b/keep").may_reinclude_below("a/b"));
  REQUIRE_FALSE(rules("*\n!a/b/keep").may_reinclude_below("a/c"));
  REQUIRE_FALSE(rules("!**/keep\nnode_modules").may_reinclude_below("node_modules"));
  REQUIRE(rules("node_modules\n!**/keep").may_reinclude_below("node_modules/x"));
  REQUIRE_FALSE(rules("a").may_reinclude_below("a"));
}
