#include "fs/glob.hpp"

#include <random>
#include <span>

#include "support/catch.hpp"

using namespace tierbuild;
using fs::Glob;

namespace {

bool matches(std::string_view pattern, std::string_view path) {
  Result<Glob> glob = Glob::compile(pattern);
  REQUIRE_OK(glob);
  return glob->matches(path);
}

/// One component, by definition: no loop, no memory.
bool slow_name(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] == '*')
    return slow_name(pattern.substr(1), name) || (!name.empty() && slow_name(pattern, name.substr(1)));
  if (name.empty()) return false;
  if (pattern.starts_with("[ab]"))
    return (name[0] == 'a' || name[0] == 'b') && slow_name(pattern.substr(4), name.substr(1));
  if (pattern.starts_with("[!a]")) return name[0] != 'a' && slow_name(pattern.substr(4), name.substr(1));
  if (pattern[0] == '\\')
    pattern.remove_prefix(1);
  else if (pattern[0] == '?')
    return slow_name(pattern.substr(1), name.substr(1));
  return pattern[0] == name[0] && slow_name(pattern.substr(1), name.substr(1));
}

using Parts = std::vector<std::string>;

bool slow_match(std::span<const std::string> pattern, std::span<const std::string> path) {
  if (pattern.empty()) return path.empty();
  if (pattern[0] == "**")
    return slow_match(pattern.subspan(1), path) || (!path.empty() && slow_match(pattern, path.subspan(1)));
  return !path.empty() && slow_name(pattern[0], path[0]) && slow_match(pattern.subspan(1), path.subspan(1));
}

std::string text_of(const Parts& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "/") + part;
  return text;
}

class Generator {
 public:
  Parts pattern() { return parts({"a", "b", "*", "?", "[ab]", "[!a]", "\\a", "\\*"}, 5, 4); }
  Parts path() { return parts({"a", "b", "c", "*"}, 5, 0); }

 private:
  size_t below(size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random_); }

  Parts parts(const std::vector<std::string>& tokens, size_t most, size_t deep_one_in) {
    Parts out(1 + below(most));
    for (std::string& part : out) {
      for (size_t length = 1 + below(3); length > 0; --length) part += tokens[below(tokens.size())];
      if (deep_one_in > 0 && below(deep_one_in) == 0) part = "**";
      if (deep_one_in > 0 && part == "**" && below(8) == 0) part = "*";
    }
    return out;
  }

  std::mt19937 random_{20240611};
};

}  // namespace

TEST_CASE("stars and question marks stay inside a component") {
  REQUIRE(matches("*.py", "a.py"));
  REQUIRE(matches("*", ".hidden"));
  REQUIRE_FALSE(matches("*.py", "src/a.py"));
  REQUIRE_FALSE(matches("src?a", "src/a"));
}

TEST_CASE("two stars span any number of components, none included") {
  for (const char* path : {"a.py", "x/a.py", "x/y/z/a.py"}) REQUIRE(matches("**/a.py", path));
  for (const char* path : {"src", "src/a", "src/a/b"}) REQUIRE(matches("src/**", path));
  REQUIRE(matches("a/**/b/**/c", "a/b/x/b/y/c"));
  REQUIRE_FALSE(matches("a/**/b", "a/x/c"));
  REQUIRE(matches("a**b", "axxb"));
  REQUIRE_FALSE(matches("a**b", "a/b"));
}

TEST_CASE("brackets take ranges, negation, escapes and a leading ]") {
  REQUIRE(matches("[a-c]x", "bx"));
  REQUIRE_FALSE(matches("[a-c]x", "dx"));
  REQUIRE(matches("[!a-c]x", "dx"));
  REQUIRE(matches("[^a]", "b"));
  REQUIRE(matches("[]a]", "]"));
  REQUIRE(matches("[a-]", "-"));
  REQUIRE(matches("[\\]]", "]"));
  REQUIRE(matches("[{,}]", ","));
  REQUIRE(matches("[\x80-\xff]", "\xc3"));
  REQUIRE_FALSE(matches("[c-a]", "b"));
}

TEST_CASE("braces nest, span components and may be empty") {
  for (const char* path : {"a.c", "a.h", "b/x.c", "b/y.c"}) REQUIRE(matches("{a.{c,h},b/?.c}", path));
  REQUIRE_FALSE(matches("{a.{c,h},b/?.c}", "b/x.h"));
  REQUIRE(matches("a{,/b}", "a"));
  REQUIRE(matches("a{,/b}", "a/b"));
  REQUIRE(matches("\\{a,b\\}", "{a,b}"));
  REQUIRE(matches("a},", "a},"));
}

TEST_CASE("a pattern is cleaned of empty and dot components") {
  REQUIRE(matches("./src//a/", "src/a"));
  REQUIRE(matches(".", ""));
  REQUIRE_FALSE(matches(".", "a"));
}

TEST_CASE("a bad pattern names its column") {
  auto column = [](std::string_view pattern, int expected) {
    Result<Glob> glob = Glob::compile(pattern);
    REQUIRE_CODE(glob, Code::invalid);
    INFO(glob.error().message());
    REQUIRE(glob.error().message().ends_with("(column " + std::to_string(expected) + ")"));
  };
  column("src/[ab", 5);
  column("a[b/]", 2);
  column("a{b,c", 2);
  column("{a,{b}", 1);
  column("abc\\", 4);
  column("/etc", 1);
  column("a/../b", 3);
  column("{a,..}/b", 4);
  column("[[:alpha:]]", 2);
}

TEST_CASE("a pattern cannot hide a way up or grow without bounds") {
  for (const char* pattern : {"..", "\\.\\.", "{.,}./a", "{,a}/b", "a/{..,b}"})
    REQUIRE_CODE(Glob::compile(pattern), Code::invalid);
  std::string bomb;
  for (int i = 0; i < 40; ++i) bomb += "{a,b}";
  REQUIRE_CODE(Glob::compile(bomb), Code::invalid);
  REQUIRE_CODE(Glob::compile(std::string(5000, 'a')), Code::invalid);
  auto nested = [](size_t depth) { return std::string(depth, '{').append("a").append(depth, '}'); };
  REQUIRE(matches(nested(30), "a"));
  REQUIRE_CODE(Glob::compile(nested(2000)), Code::invalid);
}

TEST_CASE("many stars do not take exponential time") {
  std::string stars, deep, name(200, 'a'), path = "a";
  for (int i = 0; i < 60; ++i) stars += "*a", deep += "**/a/", path += "/a/a/a";
  REQUIRE_FALSE(matches(stars + "b", name));
  REQUIRE_FALSE(matches(deep + "b", path));
}

TEST_CASE("the literal prefix ends before the first wildcard") {
  auto prefix = [](std::string_view pattern) { return Glob::compile(pattern)->literal_prefix(); };
  REQUIRE(prefix("src/a/*.py") == "src/a");
  REQUIRE(prefix("src/a*/b") == "src");
  REQUIRE(prefix("**") == "");
  REQUIRE(prefix("src/{a,b}/c") == "src");
  REQUIRE(prefix("a\\*/b") == "a*/b");
  REQUIRE(Glob::compile("a\\*/b")->is_literal());
  REQUIRE_FALSE(Glob::compile("a*/b")->is_literal());
  REQUIRE_FALSE(Glob::compile("{a,b}")->is_literal());
}

TEST_CASE("generated patterns match what the definition says") {
  Generator generate;
  size_t hits = 0;
  for (int round = 0; round < 20000; ++round) {
    Parts pattern = generate.pattern(), path = generate.path();
    Result<Glob> glob = Glob::compile(text_of(pattern));
    REQUIRE_OK(glob);
    bool expected = slow_match(pattern, path);
    hits += expected;
    INFO(text_of(pattern) << " on " << text_of(path));
    if (glob->matches(text_of(path)) != expected) FAIL("matches");
    // If the path matches, no directory above it may have been skipped.
    for (size_t length = 1; expected && length < path.size(); ++length) {
      Parts above(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(length));
      if (!glob->may_match_below(text_of(above))) FAIL("may_match_below " << text_of(above));
    }
  }
  REQUIRE(hits > 500);
}

TEST_CASE("a scan may skip what no pattern can reach") {
  auto below = [](std::string_view pattern, std::string_view path) {
    return Glob::compile(pattern)->may_match_below(path);
  };
  REQUIRE(below("src/*/a", "src"));
  REQUIRE(below("src/*/a", "src/x"));
  REQUIRE_FALSE(below("src/*/a", "src/x/a"));
  REQUIRE_FALSE(below("src/*/a", "lib"));
  REQUIRE(below("src/**", "src/x/y"));
  REQUIRE_FALSE(below("src/**/a", "lib"));
  REQUIRE(below("src", ""));
}
