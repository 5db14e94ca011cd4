#include "dockerfile/words.hpp"

#include <map>

#include "base/strings.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::dockerfile;

namespace {

const std::map<std::string, std::string> kValues{
    {"HOME", "/root"},    {"EMPTY", ""},    {"NAME", "tier"},  {"FILE", "a.tar.gz"},
    {"SPACED", " a  b "}, {"ÜBER", "over"}, {"STARS", "a**b"}, {"PATH_", "/usr/local/bin"}};

std::optional<std::string> value(const std::string& name) {
  auto found = kValues.find(name);
  if (found == kValues.end()) return std::nullopt;
  return found->second;
}

std::string text(std::string_view word, WordRules rules = {}) {
  auto expansion = expand(word, rules, value);
  return expansion ? expansion->text : "error at " + std::to_string(expansion.error().where().column);
}

std::string words(std::string_view word) {
  auto expansion = expand(word, {}, value);
  return expansion ? join(expansion->words, "|") : "error";
}

}  // namespace

TEST_CASE("variables, quotes and escapes") {
  struct Case {
    const char *word, *text;
  };
  for (auto [word, expected] : {
           Case{"plain", "plain"},
           Case{"", ""},
           Case{"$HOME", "/root"},
           Case{"${HOME}", "/root"},
           Case{"$HOME/x", "/root/x"},
           Case{"$HOMEx", ""},
           Case{"${HOME}x", "/rootx"},
           Case{"\\$HOME", "$HOME"},
           Case{"\\\\$HOME", "\\/root"},
           Case{"'$HOME'", "$HOME"},
           Case{"\"$HOME\"", "/root"},
           Case{"\"'$HOME'\"", "'/root'"},
           Case{"'\"$HOME\"'", "\"$HOME\""},
           Case{"\"a\\\"b\"", "a\"b"},
           Case{"\"a\\nb\"", "a\\nb"},
           Case{"\"a\\$HOME\"", "a$HOME"},
           Case{"\"a\\\\b\"", "a\\b"},
           Case{"a\\nb", "anb"},
           Case{"'a\\nb'", "a\\nb"},
           Case{"end\\", "end"},
           Case{"'open", "error at 1"},
           Case{"x\"open", "error at 2"},
           Case{"\"open\\\"", "error at 1"},
           Case{"it's", "error at 3"},
           Case{"it\\'s", "it's"},
           Case{"$", "$"},
           Case{"$.", "$."},
           Case{"a$ b", "a$ b"},
           Case{"$1x", "x"},
           Case{"$12x", "x"},
           Case{"$@$*$#$?$-$$$!", ""},
           Case{"$@x", "x"},
           Case{"${ÜBER}", "over"},
           Case{"$ÜBER.", "over."},
           Case{"${}", "error at 1"},
           Case{"${", "error at 1"},
           Case{"${HOME", "error at 1"},
           Case{"${:x}", "error at 1"},
           Case{"${{HOME}}", "error at 1"},
           Case{"a${.}", "error at 4"},
           Case{"<< EOF", "<< EOF"},
           Case{"a<b", "a<b"},
       }) {
    INFO(word);
    REQUIRE(text(word) == expected);
  }
}

TEST_CASE("forms of substitution") {
  struct Case {
    const char *word, *text;
  };
  for (auto [word, expected] : {
           Case{"${NONE:-d}", "d"},
           Case{"${EMPTY:-d}", "d"},
           Case{"${HOME:-d}", "/root"},
           Case{"${NONE-d}", "d"},
           Case{"${EMPTY-d}", ""},
           Case{"${NONE:+o}", ""},
           Case{"${EMPTY:+o}", ""},
           Case{"${HOME:+o}", "o"},
           Case{"${EMPTY+o}", "o"},
           Case{"${NONE+o}", ""},
           Case{"${HOME:?e}", "/root"},
           Case{"${EMPTY?e}", ""},
           Case{"${EMPTY:?e}", "error at 1"},
           Case{"${NONE?e}", "error at 1"},
           Case{"${NONE:-$HOME}", "/root"},
           Case{"${NONE:-${EMPTY:-${NAME}}}", "tier"},
           Case{"${NONE:-\\$HOME}", "$HOME"},
           Case{"${NONE:-a\\}b}", "a}b"},
           Case{"${NONE:-'}'}", "}"},
           Case{"${NONE:-\"a b\"}", "a b"},
           Case{"${HOME:+${HOME}:}/x", "/root:/x"},
           Case{"${HOME:=x}", "error at 7"},
           Case{"${HOME=x}", "error at 7"},
           Case{"${HOME:x}", "error at 7"},
           Case{"${FILE#*.}", "tar.gz"},
           Case{"${FILE##*.}", "gz"},
           Case{"${FILE%.*}", "a.tar"},
           Case{"${FILE%%.*}", "a"},
           Case{"${FILE%$NONE}", "a.tar.gz"},
           Case{"${PATH_#/usr}", "/local/bin"},
           Case{"${PATH_%/*}", "/usr/local"},
           Case{"${STARS#a\\*}", "*b"},
           Case{"${STARS%\\**}", "a*"},
           Case{"${NONE#x}", ""},
           Case{"${HOME:#x}", "error at 7"},
           Case{"${HOME#\\x}", "error at 7"},
           Case{"${FILE/a/o}", "o.tar.gz"},
           Case{"${FILE//a/o}", "o.tor.gz"},
           Case{"${FILE/./}", "atar.gz"},
           Case{"${FILE//./}", "atargz"},
           Case{"${PATH_/\\//_}", "_usr/local/bin"},
           Case{"${PATH_//\\//_}", "_usr_local_bin"},
           Case{"${FILE/$NAME/x}", "a.tar.gz"},
           Case{"${FILE/tar/$NAME}", "a.tier.gz"},
           Case{"${FILE//tar/\\/}", "a.\\/.gz"},
           Case{"${FILE/x}", "error at 1"},
           Case{"${FILE/x/", "error at 1"},
       }) {
    INFO(word);
    REQUIRE(text(word) == expected);
  }
}

TEST_CASE("the text of an error is the author's") {
  auto fails = expand("${NONE:?set it, $NAME}", {}, value);
  REQUIRE_CODE(fails, Code::invalid);
  REQUIRE(fails.error().message() == "NONE: set it, tier");
  REQUIRE(expand("${EMPTY:?}", {}, value).error().message() == "EMPTY: is not allowed to be empty");
  REQUIRE(expand("${NONE?}", {}, value).error().message() == "NONE: is not allowed to be unset");
}

TEST_CASE("words are split where blanks are not quoted") {
  struct Case {
    const char *word, *words;
  };
  for (auto [word, expected] : {
           Case{"a b", "a|b"},
           Case{"  a   b ", "a|b"},
           Case{"'a b' c", "a b|c"},
           Case{"a\\ b", "a b"},
           Case{"x${SPACED}y", "x|a|b|y"},
           Case{"x\"${SPACED}\"y", "x a  b y"},
           Case{"80${NONE:-80}", "8080"},
           Case{"$EMPTY", ""},
           Case{"<< EOF", "<< EOF"},
           Case{"a b", "a|b"},
       }) {
    INFO(word);
    REQUIRE(words(word) == expected);
  }
}

TEST_CASE("quotes, escapes and unset variables that stay") {
  WordRules rules{.quotes = WordRules::Quotes::keep, .unset = WordRules::Unset::remain};
  REQUIRE(text("'a' \"$HOME\" $NONE ${NONE} ${NONE:-x} ${NONE/a/b}", rules) ==
          "'a' \"/root\" $NONE ${NONE} ${NONE:-x} ${NONE/a/b}");
  rules = {.quotes = WordRules::Quotes::ordinary};
  REQUIRE(text("it's \"$NAME\" \\$NAME", rules) == "it's \"tier\" $NAME");
  rules = {.escapes = WordRules::Escapes::keep};
  REQUIRE(text("a\\ b\\$NAME", rules) == "a\\ b\\$NAME");
  rules = {.escape = '`'};
  REQUIRE(text("c:\\$NAME `$NAME", rules) == "c:\\tier $NAME");
}

TEST_CASE("the variables that a text asks for") {
  auto expansion = expand("$HOME ${NONE:-$OTHER} '$QUOTED'", {}, value);
  REQUIRE_OK(expansion);
  REQUIRE(expansion->set == std::set<std::string>{"HOME"});
  REQUIRE(expansion->unset == std::set<std::string>{"NONE", "OTHER"});
}

TEST_CASE("nesting has an end") {
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "${A:-";
  REQUIRE_CODE(expand(deep + std::string(1000, '}'), {}, value), Code::invalid);
}
