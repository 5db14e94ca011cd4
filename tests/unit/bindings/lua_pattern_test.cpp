#include "bindings/lua_pattern.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::bindings;

namespace {

// "begin-end:capture,capture" of the first match, or "none".
std::string find(std::string_view text, std::string_view pattern, size_t from = 0) {
  LuaPattern compiled(pattern, 1'000'000);
  auto found = compiled.find(text, from);
  if (!found) return "error";
  if (!*found) return "none";
  std::string out = fmt::format("{}-{}", (*found)->begin, (*found)->end);
  for (const auto& capture : (*found)->captures)
    out += capture.position ? fmt::format(":@{}", capture.begin)
                            : fmt::format(":{}", text.substr(capture.begin, capture.end - capture.begin));
  return out;
}

}  // namespace

TEST_CASE("patterns match as in Lua") {
  CHECK(find("hello", "l+") == "2-4");
  CHECK(find("hello", "^h") == "0-1");
  CHECK(find("hello", "o$") == "4-5");
  CHECK(find("hello", "x") == "none");
  CHECK(find("", "") == "0-0");
  CHECK(find("abc", "", 3) == "3-3");
  CHECK(find("key = value", "^(%w+)%s*=%s*(%w+)$") == "0-11:key:value");
  CHECK(find("aXb", "%u") == "1-2");
  CHECK(find("a.b", "%.") == "1-2");
  CHECK(find("f(a(b)c)d", "%b()") == "1-8");
  CHECK(find("THE (quick) fox", "%f[%a]%a+%f[%A]", 5) == "5-10");
  CHECK(find("\"x\" 'y'", "([\"'])(.-)%1") == "0-3:\":x");
  CHECK(find("abc", "()b()") == "1-2:@1:@2");
  CHECK(find("a]b", "[]]") == "1-2");
  CHECK(find("a-b", "[a%-]+") == "0-2");
  CHECK(find("x9", "[^0-9]") == "0-1");
  CHECK(find("aaa", "a-b") == "none");
  CHECK(find("aaab", "a-b") == "0-4");
  CHECK(find("color colour", "colou?r", 1) == "6-12");
}

TEST_CASE("what a pattern begins with is searched for, unless it may be missing") {
  CHECK(find("one %s two %t", "%%t") == "11-13");
  CHECK(find("it's", "'") == "2-3");
  CHECK(find("abab", "ab", 1) == "2-4");
  CHECK(find("abab", "b", 4) == "none");
  CHECK(find("xaay", "a+y") == "1-4");
  CHECK(find("xay", "a?y") == "1-3");
  CHECK(find("xy", "a?y") == "1-2");
  CHECK(find("xy", "a*y") == "1-2");
  CHECK(find("xy", "a-y") == "1-2");
  CHECK(find("xy", "%.?y") == "1-2");
  CHECK(find("a^b", "^b") == "none");
  CHECK(find("a$b", "$b") == "1-3");
  CHECK(find("xx1", "%d") == "2-3");
}

TEST_CASE("malformed patterns are errors") {
  for (const char* pattern : {"%", "[a", "(a", "a)", "%b(", "%f(a)", "%1"}) {
    INFO(pattern);
    CHECK(find("aaa", pattern) == "error");
  }
}

TEST_CASE("a pattern that would run for hours ends with an error") {
  std::string text(5000, 'a');
  std::string pattern;
  for (int i = 0; i < 30; ++i) pattern += "a*";
  CHECK(find(text, pattern + "b") == "error");
}
