#include "fs/finder.hpp"

#include <sys/stat.h>

#include <filesystem>

#include "fs/lstat.hpp"
#include "support/temp.hpp"

using namespace tierbuild;
using namespace tierbuild::fs;
namespace stdfs = std::filesystem;

namespace {

using Names = std::vector<std::string>;

Finder::Found found(Finder& finder, const std::string& pattern) {
  INFO(pattern);
  auto result = finder.find(*Glob::compile(pattern));
  REQUIRE_OK(result);
  return *result;
}
Names paths(Finder& finder, const std::string& pattern) {
  return found(finder, pattern).paths;
}
// The directories that a glob looked at.
Names looked_at(Finder& finder, const std::string& pattern) {
  Names names;
  for (uint32_t number : found(finder, pattern).directories) names.push_back(finder.visited()[number].path);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("a finder finds what a glob matches, sorted by bytes") {
  test::Temp temp;
  for (const char* name : {"a/x.py", "a/b/y.py", "a-b/z.py", ".git/x.py", "a/.git/x.py", "top.py"})
    temp.write(name, "");
  Finder finder(temp.path().string());
  CHECK(paths(finder, "**/*.py") == Names{"a-b/z.py", "a/b/y.py", "a/x.py", "top.py"});
  CHECK(paths(finder, "*") == Names{"a", "a-b", "top.py"});
  CHECK(paths(finder, "a/**") == Names{"a/b", "a/b/y.py", "a/x.py"});
  CHECK(paths(finder, "{a,a-b}/*.py") == Names{"a-b/z.py", "a/x.py"});
  CHECK(paths(finder, "a/b/y.py") == Names{"a/b/y.py"});
  CHECK(paths(finder, "a/b") == Names{"a/b"});
  for (const char* none : {"a/none", "none/*", "top.py/*", "a/x.py/y", ".git/*", "a/.git/x.py", "."})
    CHECK(paths(finder, none).empty());
}

TEST_CASE("a finder looks no further than a glob may match") {
  test::Temp temp;
  for (const char* name : {"a/x/f", "b/y/f", "c"}) temp.write(name, "");
  Finder finder(temp.path().string());
  CHECK(looked_at(finder, "a/*") == Names{"", "a"});
  CHECK(looked_at(finder, "*/x/*") == Names{"", "a", "a/x", "b"});
  CHECK(looked_at(finder, "b/y/f") == Names{"", "b", "b/y"});
  CHECK(looked_at(finder, "b/none/f") == Names{"", "b"});  // where it would have to appear
  CHECK(looked_at(finder, "**") == Names{"", "a", "a/x", "b", "b/y"});
  CHECK(finder.visited().size() == 5);  // each once
}

TEST_CASE("a finder follows no symlink") {
  test::Temp temp;
  temp.write("real/x", "");
  stdfs::create_directory_symlink("real", temp / "link");
  stdfs::create_symlink("nowhere", temp / "real/broken");
  Finder finder(temp.path().string());
  CHECK(paths(finder, "*/x") == Names{"real/x"});
  CHECK(paths(finder, "link/*").empty());
  CHECK(paths(finder, "link") == Names{"link"});
  CHECK(paths(finder, "real/*") == Names{"real/broken", "real/x"});
}

TEST_CASE("a finder fails where a pipe matches") {
  test::Temp temp;
  temp.write("x", "");
  REQUIRE(::mkfifo((temp / "pipe").c_str(), 0600) == 0);
  Finder finder(temp.path().string());
  REQUIRE_CODE(finder.find(*Glob::compile("*")), Code::invalid);
  REQUIRE_CODE(finder.find(*Glob::compile("pipe")), Code::invalid);
  CHECK(paths(finder, "x*") == Names{"x"});
}

TEST_CASE("all globs of a finder see a directory as it was when the first one read it") {
  test::Temp temp;
  temp.write("d/one", "");
  auto long_ago = stdfs::file_time_type::clock::now() - std::chrono::hours(1);
  stdfs::last_write_time(temp / "d", long_ago);
  Finder finder(temp.path().string());
  CHECK(paths(finder, "d/*") == Names{"d/one"});
  temp.write("d/two", "");
  CHECK(paths(finder, "d/t*").empty());
  for (const VisitedDirectory& directory : finder.visited()) {
    struct stat now {};
    REQUIRE(::lstat((temp / directory.path).c_str(), &now) == 0);
    if (directory.path == "d") CHECK(directory.stat != file_stat(now));  // so the next run looks again
  }
  Finder later(temp.path().string());
  CHECK(paths(later, "d/t*") == Names{"d/two"});
}

TEST_CASE("the stat of a directory that was just changed proves nothing") {
  test::Temp temp;
  temp.write("d/one", "");
  Finder finder(temp.path().string());
  CHECK(paths(finder, "d/*") == Names{"d/one"});
  for (const VisitedDirectory& directory : finder.visited()) CHECK(directory.stat == FileStat{});
}
