#include "fs/ignore_rules.hpp"
#include <random>
#include <regex>

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
  return rules(text).ignores(path);
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
  REQUIRE_FALSE(rules("a/**").ignores("a"));
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

TEST_CASE("a slash at the end changes nothing") {
  for (const char* path : {"build", "build/a.o"}) REQUIRE(ignored("build/", path));
  REQUIRE_FALSE(ignored("build/", "a/build"));
  REQUIRE_FALSE(ignored("build\n!build/keep/", "build/keep"));
}

TEST_CASE("stars that are two, and sets, as Docker has them") {
  struct Case {
    const char *rule, *path;
    bool ignored;
  };
  for (auto [rule, path, expected] : {
           Case{"**.pyc", "ab.pyc", true},
           Case{"**foo", "a/xfoo", true},
           Case{"**foo*", "xfoo1", false},
           Case{"**foo*", "a/foo1", true},
           Case{"a**b", "axb", false},
           Case{"a**b", "ab", true},
           Case{"a**b", "ax/b", true},
           Case{"a**/b", "ab", true},
           Case{"a**", "abc", true},
           Case{"a/**/b", "a/b", true},
           Case{"a/**/b", "a/x/y/b", true},
           Case{"*/**", "a/b/c", true},
           Case{"*/**", "a", false},
           Case{"**/**/a", "x/a", true},
           Case{"**/a/**", "x/a", false},
           Case{"**/a/**", "x/a/y", true},
           Case{"[!a]", "!", true},
           Case{"[!a]", "b", false},
           Case{"[^a]", "b", true},
           Case{"[^a]", "a", false},
           Case{"[a-cx]", "b", true},
           Case{"[\\]]", "]", true},
           Case{"a]", "a]", true},
           Case{"a?b",
                "a\xE2\x98\xBA"
                "b",
                true},
           Case{"[a-\xCE\xB6]", "\xCE\xB1", true},
           Case{"a.b", "axb", false},
           Case{"(a|b)+$", "(a|b)+$", true},
           Case{"\\*", "*", true},
           Case{"\\*", "a", false},
       }) {
    INFO(rule << " on " << path);
    REQUIRE(ignored(rule, path) == expected);
  }
  for (const char* rule : {"[", "[]", "[]a]", "[a-]", "[-a]", "[z-a]", "[a"}) {
    INFO(rule);
    REQUIRE_CODE(IgnoreRules::parse(rule), Code::invalid);
  }
}

namespace {

/// The matcher of Docker is a regular expression made character by character; this makes the same one.
class Model {
 public:
  explicit Model(std::string pattern) : negated_(pattern[0] == '!') {
    if (negated_) pattern.erase(0, 1);
    std::string regex;
    bool special = false, suffix = false;
    for (size_t i = 0, n = 0; i < pattern.size(); ++i, ++n) {
      char c = pattern[i];
      if (c == '*' && i + 1 < pattern.size() && pattern[i + 1] == '*') {
        ++i;
        if (i + 1 < pattern.size() && pattern[i + 1] == '/') ++i;
        bool end = i + 1 == pattern.size();
        regex += end ? ".*" : "(.*/)?";
        special = n != 0 || end;
        suffix = n == 0 && !end && pattern[2] != '/';
      } else if (c == '*') {
        regex += "[^/]*";
        special = true;
      } else if (c == '?') {
        regex += "[^/]";
        special = true;
      } else if (std::string_view(".+()|{}$").find(c) != std::string_view::npos) {
        regex += std::string("\\") + c;
      } else {
        regex += c;
        special = special || c == '[';
      }
    }
    if (suffix && !special) regex = ".*" + regex.substr(std::string_view("(.*/)?").size());
    regex_ = std::regex(regex);
  }
  bool negated() const { return negated_; }
  bool matches(const std::string& path) const { return std::regex_match(path, regex_); }

 private:
  bool negated_;
  std::regex regex_;
};

}  // namespace

TEST_CASE("generated rules ignore what Docker's expressions do") {
  std::mt19937 random{11};
  auto below = [&](size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random); };
  const std::vector<std::string> parts{"a",  "b",   "ab",  "*",    "?",   "**", "a*",
                                       "*b", "**a", "a**", "[ab]", "a.b", "a?"};
  const std::vector<std::string> names{"a", "b", "ab", "ba", "aab", "a.b", "c"};
  size_t hits = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string text, path;
    std::vector<Model> models;
    for (size_t rule = 0, count = 1 + below(3); rule < count; ++rule) {
      std::string pattern = rule > 0 && below(2) == 0 ? "!" : "";
      for (size_t part = 0, depth = 1 + below(3); part < depth; ++part)
        pattern += (part == 0 ? "" : "/") + parts[below(parts.size())];
      models.emplace_back(pattern);
      text += pattern + "\n";
    }
    for (size_t name = 0, depth = 1 + below(4); name < depth; ++name)
      path += (name == 0 ? "" : "/") + names[below(names.size())];
    bool expected = false;
    std::vector<bool> held(models.size());
    for (size_t end = 0; end != std::string::npos;) {
      end = path.find('/', end + 1);
      expected = false;
      for (size_t i = 0; i < models.size(); ++i) {
        if (!held[i] && models[i].negated() == expected) held[i] = models[i].matches(path.substr(0, end));
        if (held[i]) expected = !models[i].negated();
      }
    }
    hits += expected ? 1 : 0;
    INFO(text << "on " << path);
    IgnoreRules all = rules(text);
    if (all.ignores(path) != expected) FAIL("ignores");
    // A directory may be skipped only if nothing below it comes back.
    for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      std::string above = path.substr(0, slash);
      if (!expected && all.ignores(above) && !all.may_reinclude_below(above)) FAIL("skipped " << above);
    }
  }
  REQUIRE(hits > 500);
}

TEST_CASE("a bad rule names its line") {
  for (const char* text : {"ok\n[a", "ok\n!", "ok\nfoo\\"}) {
    Result<IgnoreRules> parsed = IgnoreRules::parse(text);
    REQUIRE_CODE(parsed, Code::invalid);
    REQUIRE(parsed.error().str().find("line 2") != std::string::npos);
  }
}

TEST_CASE("a rule for a directory brings nothing below back unless it brought the directory back") {
  REQUIRE(ignored("a/b\n!a", "a/b"));
  REQUIRE(ignored("a/b\n!a", "a/b/c"));
  REQUIRE_FALSE(ignored("a\n!a\n", "a/b"));
  REQUIRE_FALSE(ignored("a\n!a/b\na", "a/b"));
  REQUIRE(rules("a\n!a/b\na").may_reinclude_below("a"));
}

TEST_CASE("an ignored directory is entered only for a later rule that could re-include") {
  REQUIRE(rules("a\n!a/keep").may_reinclude_below("a"));
  REQUIRE(rules("*\n!a/b/keep").may_reinclude_below("a/b"));
  REQUIRE_FALSE(rules("*\n!a/b/keep").may_reinclude_below("a/c"));
  REQUIRE_FALSE(rules("!**/keep\nnode_modules").may_reinclude_below("node_modules"));
  REQUIRE(rules("node_modules\n!**/keep").may_reinclude_below("node_modules/x"));
  REQUIRE_FALSE(rules("a").may_reinclude_below("a"));
}
