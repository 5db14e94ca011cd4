#include "python/version.hpp"

#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::python;

namespace {

std::vector<Specifier> clauses(std::string_view text) {
  auto requirement = parse_requirement("x" + std::string(text), {});
  REQUIRE_OK(requirement);
  return requirement->specifiers;
}
bool fits(std::string_view version, std::string_view text) {
  return satisfies(version, clauses(text));
}
bool agree(std::string_view one, std::string_view other) {
  bool result = compatible(clauses(one), clauses(other));
  REQUIRE(compatible(clauses(other), clauses(one)) == result);
  return result;
}

}  // namespace

TEST_CASE("versions in the order of PEP 440") {
  std::vector<std::string> ordered{"1.dev0",
                                   "1.0.dev456",
                                   "1.0a1",
                                   "1.0a2.dev456",
                                   "1.0a12.dev456",
                                   "1.0a12",
                                   "1.0b1.dev456",
                                   "1.0b2",
                                   "1.0b2.post345.dev456",
                                   "1.0b2.post345",
                                   "1.0rc1.dev456",
                                   "1.0rc1",
                                   "1.0",
                                   "1.0+abc.5",
                                   "1.0+abc.7",
                                   "1.0+5",
                                   "1.0.post456.dev34",
                                   "1.0.post456",
                                   "1.0.15",
                                   "1.1.dev1",
                                   "2024.1",
                                   "1!0.1"};
  for (size_t i = 0; i < ordered.size(); ++i)
    for (size_t j = 0; j < ordered.size(); ++j) {
      INFO(ordered[i] << " and " << ordered[j]);
      auto one = parse_version(ordered[i]), other = parse_version(ordered[j]);
      REQUIRE((one && other));
      REQUIRE((*one < *other) == (i < j));
      REQUIRE((*one == *other) == (i == j));
    }
}

TEST_CASE("spellings of one version are equal") {
  for (auto [one, other] :
       std::initializer_list<std::pair<const char*, const char*>>{{"1.0", "1"},
                                                                  {"v1.0", "1.0"},
                                                                  {"1.0ALPHA1", "1.0a1"},
                                                                  {"1.0-beta.2", "1.0b2"},
                                                                  {"1.0c1", "1.0rc1"},
                                                                  {"1.0-preview", "1.0rc0"},
                                                                  {"1.0-1", "1.0.post1"},
                                                                  {"1.0rev3", "1.0.post3"},
                                                                  {"1.0_dev", "1.0.dev0"},
                                                                  {"1.0+Ubuntu-1", "1.0+ubuntu.1"},
                                                                  {"0!1", "1"}}) {
    INFO(one << " and " << other);
    REQUIRE(parse_version(one).has_value());
    REQUIRE(parse_version(one) == parse_version(other));
  }
  for (const char* bad : {"", "abc", "1.0.*", "1..0", "1.0+", "1.0+a..b", "1!", "1.0 2", "-1",
                          "99999999999999999999999", "1.0a99999999999999999999999"})
    REQUIRE_FALSE(parse_version(bad).has_value());
}

TEST_CASE("what fulfils a clause") {
  REQUIRE(fits("1.4.5", "~=1.4.2"));
  REQUIRE(fits("1.4.2.post1", "~=1.4.2"));
  REQUIRE_FALSE(fits("1.5", "~=1.4.2"));
  REQUIRE(fits("1.9", "~=1.4"));
  REQUIRE_FALSE(fits("2.0", "~=1.4"));
  REQUIRE(fits("1.0.7", "==1.0.*"));
  REQUIRE_FALSE(fits("1.1", "==1.0.*"));
  REQUIRE_FALSE(fits("10.1", "==1.*"));
  REQUIRE(fits("1.0+cpu", "==1.0"));
  REQUIRE_FALSE(fits("1.0+cpu", "==1.0+cu121"));
  REQUIRE_FALSE(fits("1.0", "!=1.0"));
  REQUIRE_FALSE(fits("1.7.0.post1", ">1.7"));
  REQUIRE_FALSE(fits("1.7+local", ">1.7"));
  REQUIRE(fits("1.7.1", ">1.7"));
  REQUIRE_FALSE(fits("2.0rc1", "<2.0"));
  REQUIRE(fits("2.0a1", "<2.0rc1"));
  REQUIRE(fits("2.1.0", ">=2.0,<3,!=2.0.*"));
  REQUIRE(fits("nightly", "===nightly"));
  REQUIRE_FALSE(fits("nightly", ">=1"));
}

TEST_CASE("two lists of clauses disagree only if no version can fulfil both") {
  for (auto [one, other] :
       std::initializer_list<std::pair<const char*, const char*>>{{"==1.2", ">=1,<2"},
                                                                  {">1.0", "<1.1"},
                                                                  {">=2.0,<3.0", "==2.8.0"},
                                                                  {"", "==1"},
                                                                  {"~=1.4.5", "!=1.4.5"},
                                                                  {">1.2", "<1.2.1"},
                                                                  {"==1.2.*", ">1.2"},
                                                                  {"!=1.0.*", ">=1.0,<=1.1"},
                                                                  {"==1.2+cpu", "==1.2"},
                                                                  {"==1.2.*", "<1.2rc1"},
                                                                  {"!=1.1.*", ">=1.1,<2"},
                                                                  {"===x", "===X"},
                                                                  {"<1", "!=0"},
                                                                  {">1!2", ""},
                                                                  {">=1.0,!=1.0", "<1.0.post5"}})
    REQUIRE(agree(one, other));
  for (auto [one, other] :
       std::initializer_list<std::pair<const char*, const char*>>{{"==1.2", ">=2"},
                                                                  {"==1.2", "==1.3"},
                                                                  {"<1.0", ">1.0"},
                                                                  {"<1.0", ">=1.0"},
                                                                  {"~=1.4.5", ">=1.5"},
                                                                  {"==1.2.*", "==1.3.*"},
                                                                  {"==1.2.*", "<1.2"},
                                                                  {"==1.2", "!=1.2"},
                                                                  {"===x", "==1"},
                                                                  {"==1+a", "==1+b"},
                                                                  {">1.0", "==1.0.post1"},
                                                                  {">=2.0,<3.0", "==1.9.*"}})
    REQUIRE_FALSE(agree(one, other));
}
