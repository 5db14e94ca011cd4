#include "fs/context_pattern.hpp"

#include <map>

#include "fs/choice.hpp"
#include "fs/root_path.hpp"
#include "support/temp.hpp"

using namespace tierbuild;
using fs::ContextPattern;
using Deep = ContextPattern::Deep;

namespace {

bool matches(const std::string& pattern, const std::string& path, Deep deep = Deep::no) {
  auto compiled = ContextPattern::compile(pattern, deep);
  REQUIRE_OK(compiled);
  return compiled->matches(path);
}

}  // namespace

TEST_CASE("patterns of COPY are Go's, below the context") {
  REQUIRE(matches("/a/./b/", "a/b"));
  REQUIRE(matches("../../a", "a"));
  REQUIRE(matches("a/*.c", "a/x.c"));
  REQUIRE_FALSE(matches("a/*.c", "a/b/x.c"));
  REQUIRE(matches("a?[b-d]*", "axc"));
  REQUIRE(matches("arr[[]0].txt", "arr[0].txt"));
  REQUIRE_FALSE(matches("a**/c", "a/b/c"));
  REQUIRE(matches("*/**/c", "a/b/c"));
  REQUIRE_FALSE(matches("**/c", "a/b/c"));
  REQUIRE(matches("**/c", "a/b/c", Deep::yes));
  REQUIRE(matches("x**", "xyz", Deep::yes));
  REQUIRE(matches("plain\\x", "plain\\x"));  // without a wildcard it is no escape
  REQUIRE(matches("plain\\**", "plain*y"));
  REQUIRE_CODE(ContextPattern::compile("a[", Deep::no), Code::invalid);
}

TEST_CASE("a directory is entered if something below it may match") {
  auto pattern = *ContextPattern::compile("a/b/*/x", Deep::no);
  REQUIRE((pattern.prefix() == "a/b" && pattern.has_wildcards()));
  for (const char* directory : {"", "a", "a/b", "a/b/c"}) REQUIRE(pattern.may_match_below(directory));
  for (const char* directory : {"b", "a/c", "ab", "a/b/c/x/y"})
    REQUIRE_FALSE(pattern.may_match_below(directory));
  REQUIRE(pattern.below("z").matches("z/c/x"));
  REQUIRE_FALSE(pattern.below("z").matches("a/b/c/x"));
}

TEST_CASE("absolute paths become relative ones that stay below the root") {
  REQUIRE(fs::lexical_path("/a//b/./c/") == "a/b/c");
  REQUIRE(fs::lexical_path("/") == "");
  REQUIRE(fs::lexical_path("/../../etc/x") == "etc/x");
  REQUIRE(fs::lexical_path("/a/../b") == "b");
}

TEST_CASE("symlinks are followed within the root, and what is not there stays") {
  const std::map<std::string, std::string> links{
      {"up", "../../x"}, {"abs", "/a/b"}, {"a/rel", "../c/./d"}, {"loop", "loop"}};
  auto resolved = [&](const std::string& path) {
    return fs::root_path(path, [&](const std::string& at) -> Result<std::optional<std::string>> {
      auto link = links.find(at);
      return link == links.end() ? std::nullopt : std::optional(link->second);
    });
  };
  REQUIRE(*resolved("/up/y") == "x/y");
  REQUIRE(*resolved("abs/../q") == "a/q");
  REQUIRE(*resolved("a/rel/e/..") == "c/d");
  REQUIRE(*resolved("../..") == "");
  REQUIRE_CODE(resolved("loop/x"), Code::invalid);
}

TEST_CASE("a context is scanned with all that its patterns name, and no ignore file is read") {
  test::Temp temp;
  for (const char* file : {".dockerignore", ".git/HEAD", "src/a.c", "src/b.h", "lib/deep/x", "lib/y", "log"})
    temp.write(file, "*");
  std::filesystem::create_symlink("lib/deep", temp / "link");
  std::filesystem::create_symlink("/lib/y", temp / "src/z.c");
  auto scanned = [&](std::vector<std::string> include, std::vector<std::string> ignore) {
    fs::Selection selection{temp.path(), std::move(include)};
    selection.kind = fs::Selection::Kind::context;
    selection.ignore = std::move(ignore);
    auto result = fs::scan(selection);
    REQUIRE_OK(result);
    auto choice = fs::Choice::make(selection, "");
    REQUIRE_OK(choice);
    std::vector<std::string> paths;
    for (const fs::FileEntry& entry : result->entries) paths.push_back(entry.path);
    for (const std::string& path : result->unmatched) paths.push_back("no " + path);
    return paths;
  };
  using Paths = std::vector<std::string>;
  REQUIRE(scanned({""}, {}).size() == 13);
  REQUIRE(scanned({"."}, {"*", "!src", "src/*.h"}) == Paths{"src", "src/a.c", "src/z.c"});
  REQUIRE(scanned({"src/*.c"}, {}) == Paths{"lib", "lib/y", "src", "src/a.c", "src/z.c"});
  REQUIRE(scanned({"link/x"}, {}) == Paths{"lib", "lib/deep", "lib/deep/x", "link"});
  REQUIRE(scanned({"lib"}, {"lib/deep"}) == Paths{"lib", "lib/y"});
  REQUIRE(scanned({"*.none", "log", "none"}, {"log"}) == Paths{"no log", "no none"});
}
