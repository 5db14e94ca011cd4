#include "fs/scan.hpp"

#include <sys/stat.h>

#include <random>
#include <set>

#include "base/strings.hpp"
#include "fs/glob.hpp"
#include "fs/ignore_rules.hpp"
#include "support/temp.hpp"

using namespace tierbuild;
namespace stdfs = std::filesystem;

namespace {

using Paths = std::vector<std::string>;

fs::ScanResult scanned(const fs::Selection& selection) {
  Result<fs::ScanResult> result = fs::scan(selection);
  REQUIRE_OK(result);
  return *std::move(result);
}

Paths paths(const fs::Selection& selection) {
  Paths out;
  for (const fs::FileEntry& entry : scanned(selection).entries) out.push_back(entry.path);
  return out;
}

}  // namespace

TEST_CASE("a plain include takes a directory with all below it and its parents") {
  test::Temp temp;
  temp.write("src/lib/a.c", "");
  temp.write("src/lib/.hidden", "");
  temp.write("src/other.c", "");
  temp.write("top", "");
  stdfs::create_directories(temp / "src/lib/empty");
  REQUIRE(paths({.root = temp.path(), .include = {"src/lib"}}) ==
          Paths{"src", "src/lib", "src/lib/.hidden", "src/lib/a.c", "src/lib/empty"});
  REQUIRE(paths({.root = temp.path(), .include = {"./src/lib/"}}).size() == 5);
  REQUIRE(paths({.root = temp.path(), .include = {"."}}).size() == 7);
  REQUIRE(paths({.root = temp.path(), .include = {}}).empty());
}

TEST_CASE("a glob takes what it matches and the directories on the way, no others") {
  test::Temp temp;
  temp.write("a/x.py", "");
  temp.write("a/x.c", "");
  temp.write("b/y.c", "");
  temp.write("z.py", "");
  REQUIRE(paths({.root = temp.path(), .include = {"**/*.py"}}) == Paths{"a", "a/x.py", "z.py"});
  REQUIRE(paths({.root = temp.path(), .include = {"*"}}) == Paths{"a", "b", "z.py"});
  REQUIRE(paths({.root = temp.path(), .include = {"*/x.c", "a/x.c", "{a,b}/*.c"}}) ==
          Paths{"a", "a/x.c", "b", "b/y.c"});
}

TEST_CASE("entries are in the order of their paths' bytes") {
  test::Temp temp;
  for (const char* name : {"a/b", "a-b", "a.b", "a/-", "a0", "A", "a-b-/x", "\xC3\xA4"}) temp.write(name, "");
  REQUIRE(paths({.root = temp.path(), .include = {"."}}) ==
          Paths{"A", "a", "a-b", "a-b-", "a-b-/x", "a.b", "a/-", "a/b", "a0", "\xC3\xA4"});
}

TEST_CASE("includes that select nothing are told") {
  test::Temp temp;
  temp.write("src/a.py", "");
  temp.write("dist/b.js", "");
  fs::ScanResult result = scanned({.root = temp.path(),
                                   .include = {"src", "lib", "**/*.py", "*.go", "dist", "src/none"},
                                   .exclude = {"dist"}});
  REQUIRE(result.unmatched == Paths{"lib", "*.go", "dist", "src/none"});
  REQUIRE(result.entries.size() == 2);
}

TEST_CASE("ignore rules remove, and re-include below an ignored directory") {
  test::Temp temp;
  temp.write("web/node_modules/x/index.js", "");
  temp.write("web/app.js", "");
  temp.write("keep/a.txt", "");
  temp.write("keep/deep/b.txt", "");
  temp.write("other/c.txt", "");
  REQUIRE(paths({.root = temp.path(), .include = {"."}, .exclude = {"**/node_modules", "keep", "other"}}) ==
          Paths{"web", "web/app.js"});
  REQUIRE(paths({.root = temp.path(), .include = {"."}, .exclude = {"*", "!keep/deep/b.txt"}}) ==
          Paths{"keep", "keep/deep", "keep/deep/b.txt"});
  fs::ScanResult result =
      scanned({.root = temp.path(), .include = {"keep"}, .exclude = {"*", "!keep/deep/b.txt"}});
  REQUIRE(result.entries.size() == 3);
  REQUIRE(result.unmatched.empty());
}

TEST_CASE("the ignore file counts if it exists, beside the exclusions") {
  test::Temp temp;
  temp.write("a.log", "");
  temp.write("b.tmp", "");
  temp.write("c", "");
  fs::Selection selection{
      .root = temp.path(), .include = {"."}, .exclude = {"*.tmp"}, .ignore_file = ".dockerignore"};
  REQUIRE(paths(selection) == Paths{"a.log", "c"});
  temp.write(".dockerignore", "# logs\n*.log\n!b.tmp\n");
  REQUIRE(paths(selection) == Paths{".dockerignore", "c"});
  temp.write(".dockerignore", "[\n");
  Result<fs::ScanResult> bad = fs::scan(selection);
  REQUIRE_CODE(bad, Code::invalid);
  REQUIRE(bad.error().str().find(".dockerignore") != std::string::npos);
}

TEST_CASE("symlinks are entries and are never followed") {
  test::Temp temp;
  temp.write("outside/secret", "");
  temp.write("root/dir/a", "");
  stdfs::create_directory_symlink("../outside", temp / "root/link");
  stdfs::create_symlink(std::string(3000, 'x'), temp / "root/long");
  stdfs::create_directory_symlink("root", temp / "alias");
  fs::ScanResult all = scanned({.root = temp / "alias", .include = {"."}});
  REQUIRE(all.entries.size() == 4);
  REQUIRE(all.entries[2].path == "link");
  REQUIRE(all.entries[2].type == fs::FileType::symlink);
  REQUIRE(all.entries[2].link == "../outside");
  REQUIRE(all.entries[2].canonical_mode() == 0777);
  REQUIRE(all.entries[3].link == std::string(3000, 'x'));
  fs::ScanResult through = scanned({.root = temp / "root", .include = {"link/secret", "link/*"}});
  REQUIRE(through.entries.empty());
  REQUIRE(through.unmatched.size() == 2);
}

TEST_CASE(".git is skipped at every depth") {
  test::Temp temp;
  temp.write(".git/config", "");
  temp.write("sub/.git", "gitdir: elsewhere");
  temp.write("sub/.gitignore", "");
  REQUIRE(paths({.root = temp.path(), .include = {".", "**/config"}}) == Paths{"sub", "sub/.gitignore"});
}

TEST_CASE("what cannot be an input is an error, unless it is not selected") {
  test::Temp temp;
  temp.write("a", "");
  REQUIRE(::mkfifo((temp / "pipe").c_str(), 0600) == 0);
  REQUIRE_CODE(fs::scan({.root = temp.path(), .include = {"."}}), Code::invalid);
  REQUIRE(paths({.root = temp.path(), .include = {"."}, .exclude = {"pipe"}}) == Paths{"a"});
  REQUIRE(paths({.root = temp.path(), .include = {"a"}}) == Paths{"a"});
  REQUIRE_CODE(fs::scan({.root = temp / "none", .include = {"."}}), Code::not_found);
  REQUIRE_CODE(fs::scan({.root = temp / "a", .include = {"."}}), Code::not_found);
  REQUIRE_CODE(fs::scan({.root = temp.path(), .include = {"../x"}}), Code::invalid);
  REQUIRE_CODE(fs::scan({.root = temp.path(), .include = {"/etc"}}), Code::invalid);
}

TEST_CASE("a directory deeper than the scan holds open is scanned whole") {
  test::Temp temp;
  std::string path = "d";
  for (int depth = 0; depth < 40; ++depth) path += "/d";
  temp.write(path + "/file", "");
  temp.write("d/d/z", "");
  REQUIRE(paths({.root = temp.path(), .include = {"d"}}).size() == 43);
}

TEST_CASE("modes are seen as git sees them") {
  test::Temp temp;
  REQUIRE(::chmod(temp.write("run", "").c_str(), 0700) == 0);
  REQUIRE(::chmod(temp.write("data", "").c_str(), 0666) == 0);
  fs::ScanResult result = scanned({.root = temp.path(), .include = {"."}});
  REQUIRE(result.entries[0].canonical_mode() == 0644);
  REQUIRE(result.entries[1].canonical_mode() == 0755);
  REQUIRE(result.entries[1].stat.mode == (S_IFREG | 0700));
}

TEST_CASE("one entry is looked up without leaving the root") {
  test::Temp temp;
  temp.write("root/a/b", "xyz");
  temp.write("secret", "");
  stdfs::create_directory_symlink("a", temp / "root/link");
  auto entry = fs::stat_entry(temp / "root", "a/b");
  REQUIRE_OK(entry);
  REQUIRE(entry->path == "a/b");
  REQUIRE(entry->stat.size == 3);
  REQUIRE(entry->stat == scanned({.root = temp / "root", .include = {"a/b"}}).entries.back().stat);
  REQUIRE(fs::stat_entry(temp / "root", "link")->link == "a");
  REQUIRE(fs::stat_entry(temp / "root", "a")->type == fs::FileType::directory);
  REQUIRE_CODE(fs::stat_entry(temp / "root", "none"), Code::not_found);
  REQUIRE_CODE(fs::stat_entry(temp / "root", "a/b/c"), Code::not_found);
  REQUIRE_CODE(fs::stat_entry(temp / "root", "link/b"), Code::invalid);
  REQUIRE_CODE(fs::stat_entry(temp / "root", "../secret"), Code::invalid);
  REQUIRE_CODE(fs::stat_entry(temp / "root", "/etc/passwd"), Code::invalid);
}

namespace {

class Generator {
 public:
  /// A dozen files in few directories; names that clash are left out.
  void fill(const test::Temp& temp) {
    const Paths names{"a", "b", "a-b", "c.py", "d.py"};
    for (int i = 0; i < 12; ++i) {
      std::string path;
      for (size_t depth = 1 + below(4); depth > 0; --depth) path += (path.empty() ? "" : "/") + any(names);
      std::error_code clash;
      stdfs::create_directories((temp / path).parent_path(), clash);
      if (!clash && !stdfs::exists(temp / path)) std::ofstream(temp / path) << "x";
    }
  }

  fs::Selection selection(const stdfs::path& root) {
    const Paths globs{"a", "b/a", "**/*.py", "*/b", "a/**", "{a,b}/*", "**/a/*", "a-b/c.py", "[ab]"};
    const Paths rules{"a", "*", "b/**", "!a/b", "**/c.py", "!**/d.py", "a/*/b", "!a", "!b/a/"};
    fs::Selection out{.root = root};
    for (size_t i = 1 + below(3); i > 0; --i) out.include.push_back(any(globs));
    for (size_t i = below(4); i > 0; --i) out.exclude.push_back(any(rules));
    return out;
  }

 private:
  size_t below(size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random_); }
  const std::string& any(const Paths& from) { return from[below(from.size())]; }
  std::mt19937 random_{7};
};

/// The same by a walk of everything and a filter.
Paths slow_scan(const fs::Selection& selection) {
  fs::IgnoreRules ignores = *fs::IgnoreRules::parse(join(selection.exclude, "\n"));
  std::set<std::string> found;
  for (const auto& file : stdfs::recursive_directory_iterator(selection.root)) {
    stdfs::path path = file.path().lexically_relative(selection.root);
    bool included = false;
    for (const std::string& pattern : selection.include) {
      fs::Glob glob = *fs::Glob::compile(pattern);
      included = included || glob.matches(path.string());
      for (stdfs::path up = path; glob.is_literal() && !up.empty(); up = up.parent_path())
        included = included || glob.matches(up.string());
    }
    if (!included || ignores.ignores(path.string())) continue;
    for (stdfs::path up = path; !up.empty(); up = up.parent_path()) found.insert(up.string());
  }
  return {found.begin(), found.end()};
}

}  // namespace

TEST_CASE("on generated trees a scan gives what a walk of everything and a filter give") {
  Generator generate;
  size_t hits = 0;
  for (int tree = 0; tree < 15; ++tree) {
    test::Temp temp;
    generate.fill(temp);
    for (int round = 0; round < 60; ++round) {
      fs::Selection selection = generate.selection(temp.path());
      INFO("include " << join(selection.include, " ") << " exclude " << join(selection.exclude, " "));
      Paths found = paths(selection), expected = slow_scan(selection);
      hits += found.size();
      if (found != expected) FAIL("found " << join(found, " ") << "\nexpected " << join(expected, " "));
    }
  }
  REQUIRE(hits > 1000);
}
