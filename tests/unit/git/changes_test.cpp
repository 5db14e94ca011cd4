#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <set>

#include "git/index.hpp"
#include "git/objects.hpp"
#include "support/git_edits.hpp"

using namespace tierbuild;
namespace stdfs = std::filesystem;
using git::Change;
using git::Mode;
using test::Editor;
using test::run_git;
using test::try_git;
using test::Work;

namespace {

git::ObjectId tree_of(const git::Repository& repository, const std::string& rev) {
  auto base = repository.merge_base(rev);
  REQUIRE_OK(base);
  return base->tree;
}

std::vector<Change> changes_in(const stdfs::path& root, const std::string& rev = "HEAD",
                               const git::ChangesOptions& options = {}) {
  git::Repository repository = Work::open(root);
  auto changes = repository.changes(tree_of(repository, rev), options);
  REQUIRE_OK(changes);
  return *changes;
}

std::string shown(const Change& change) {
  std::string line = change.path;
  if (change.before.mode == Mode::none) line = "+" + line;
  if (change.now.mode == Mode::none) line = "-" + line;
  if (change.is_directory()) line += "/";
  return line;
}

std::vector<std::string> lines_of(const stdfs::path& root, const std::string& rev = "HEAD") {
  std::vector<std::string> lines;
  for (const Change& change : changes_in(root, rev)) lines.push_back(shown(change));
  return lines;
}

/// `modes, id before, path` of each file that differs from HEAD, with its id now, as git finds it with an
/// index of its own.
std::map<std::string, std::string> truth(const stdfs::path& root, const stdfs::path& spare_index) {
  stdfs::remove(spare_index);
  std::vector<std::string> env{"GIT_INDEX_FILE=" + spare_index.string()};
  run_git(root, {"read-tree", "--empty"}, env);
  run_git(root, {"add", "-A", "-f", "."}, env);
  std::map<std::string, std::string> lines;
  std::string out = run_git(root, {"diff-index", "--cached", "--no-renames", "--abbrev=40", "HEAD"}, env);
  for (std::string_view line : split(out, '\n')) {
    if (line.empty()) continue;
    // :100644 100755 OLD NEW M<tab>path
    lines[fmt::format("{} {} {} {}", line.substr(1, 6), line.substr(8, 6), line.substr(15, 40),
                      line.substr(line.find('\t') + 1))] = line.substr(56, 40);
  }
  return lines;
}

/// The same of changes. The id of an untracked file is not known.
std::map<std::string, std::string> found(const std::vector<Change>& changes,
                                         const std::map<std::string, std::string>& truth) {
  std::map<std::string, std::string> lines;
  for (const Change& change : changes) {
    if (change.is_directory()) continue;
    std::string line =
        fmt::format("{:06o} {:06o} {} {}", static_cast<uint32_t>(change.before.mode),
                    static_cast<uint32_t>(change.now.mode), change.before.id.hex(), change.path);
    auto known = truth.find(line);
    bool guessed = change.untracked && change.now.id.empty() && known != truth.end();
    lines[line] = guessed ? known->second : change.now.id.hex();
  }
  return lines;
}

}  // namespace

TEST_CASE("changes are those that git finds, after any edits") {
  test::Temp spare;
  for (unsigned seed = 1; seed <= 4; ++seed) {
    Work work;
    work.temp.write(".gitignore", "*.log\nlib/\n");
    work.commit("ignore");
    if (seed == 2) work.git({"update-index", "--index-version", "4"});
    if (seed == 3) work.git({"config", "core.fileMode", "false"});
    if (seed == 3) work.git({"config", "core.fileMode", "true"});
    Editor editor(work, seed);
    for (int round = 0; round < 25; ++round) {
      for (int i = 0; i < 5; ++i) editor.edit();
      std::vector<Change> changes = changes_in(work.temp.path());
      INFO("seed " << seed << ", round " << round);
      auto expected = truth(work.temp.path(), spare / "index");
      REQUIRE(found(changes, expected) == expected);

      std::string status = try_git(work.temp.path(), {"status", "--porcelain", "--untracked-files=all",
                                                      "--ignored=matching", "--no-renames", "-z"})
                               .out;
      for (const Change& change : changes) {
        if (change.is_directory()) continue;
        bool is_listed = false;  // itself, or what holds it
        for (std::string_view line : split(status, '\0'))
          is_listed = is_listed || (line.size() > 3 && change.path.starts_with(line.substr(3)));
        INFO(change.path << " in " << printable(status));
        REQUIRE(is_listed);
      }
    }
  }
}

TEST_CASE("a directory is a change if only one side has it") {
  using Lines = std::vector<std::string>;
  Work work;
  CHECK(lines_of(work.temp.path()).empty());
  stdfs::create_directories(work.temp / "src/empty/deep");
  CHECK(lines_of(work.temp.path()) == Lines{"+src/empty/", "+src/empty/deep/"});
  work.temp.write("src/empty/deep/x", "");
  CHECK(lines_of(work.temp.path()) == Lines{"+src/empty/", "+src/empty/deep/", "+src/empty/deep/x"});
  stdfs::remove_all(work.temp / "src");
  CHECK(lines_of(work.temp.path()) == Lines{"-src/", "-src/lib/", "-src/lib/b.txt"});
  work.temp.write("src", "now a file");
  CHECK(lines_of(work.temp.path()) == Lines{"+src", "-src/", "-src/lib/", "-src/lib/b.txt"});
}

TEST_CASE("commits are compared with the work tree, whatever is staged") {
  using Lines = std::vector<std::string>;
  Work work;
  work.temp.write("a.txt", "ONE\n");
  work.git({"add", "-A"});
  work.temp.write("a.txt", "one\n");
  CHECK(lines_of(work.temp.path()).empty());
  work.temp.write("src/new.txt", "new\n");
  work.commit("second");
  CHECK(lines_of(work.temp.path(), "HEAD~1") == Lines{"+src/new.txt"});
  CHECK(lines_of(work.temp.path()).empty());
  // An index that keeps no trees, as another program would write it.
  work.git({"-c", "index.version=2", "read-tree", "--empty"});
  work.git({"update-index", "--add", "a.txt", "src/lib/b.txt", "src/new.txt"});
  CHECK(lines_of(work.temp.path(), "HEAD~1") == Lines{"+src/new.txt"});
  stdfs::remove(work.temp / ".git/index");
  CHECK(lines_of(work.temp.path()).empty());  // untracked, but with the content of the commit
  work.temp.write("a.txt", "other\n");
  CHECK(lines_of(work.temp.path()) == Lines{"a.txt"});
}

TEST_CASE("directories that do not matter are not looked at") {
  Work work;
  work.temp.write("src/lib/b.txt", "changed\n");
  work.temp.write("src/lib/new", "");
  work.temp.write("a.txt", "changed\n");
  std::vector<Change> changes = changes_in(
      work.temp.path(), "HEAD", {.enters = [](std::string_view path) { return path != "src/lib"; }});
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].path == "a.txt");
}

TEST_CASE("line ends that git converts are no change") {
  Work work;
  work.temp.write(".gitattributes", "*.txt text eol=crlf\n");
  work.temp.write("a.txt", "one\r\n");
  work.commit("attributes");
  work.temp.write("a.txt", "one\r\n");
  CHECK(lines_of(work.temp.path()).empty());
  work.temp.write("a.txt", "two\r\n");
  CHECK(lines_of(work.temp.path()) == std::vector<std::string>{"a.txt"});
}

TEST_CASE("what git was told to leave alone is as the index has it") {
  Work work;
  work.git({"sparse-checkout", "set", "--no-cone", "/a.txt"});
  REQUIRE_FALSE(stdfs::exists(work.temp / "src"));
  CHECK(lines_of(work.temp.path()).empty());
  Work other;
  other.git({"update-index", "--assume-unchanged", "a.txt"});
  other.temp.write("a.txt", "changed\n");
  CHECK(lines_of(other.temp.path()).empty());
}

TEST_CASE("an index of a form that is not known is refused with what mends it") {
  Work work;
  work.git({"update-index", "--split-index"});
  git::Repository repository = work.open();
  auto changes = repository.changes(tree_of(repository, "HEAD"), {});
  REQUIRE_CODE(changes, Code::invalid);
  CHECK(changes.error().hint() == "git update-index --no-split-index");
  for (const char* bytes : {"", "DIRC", "garbage garbage garbage garbage garbage"}) {
    work.temp.write(".git/index", bytes);
    REQUIRE_FALSE(work.open().changes(tree_of(repository, "HEAD"), {}));
  }
}

TEST_CASE("submodules are compared by commit, and by what was changed in them") {
  Work work, library;
  library.temp.write("lib.txt", "lib\n");
  library.commit("lib");
  work.git(
      {"-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.temp.path(), "vendor/lib"});
  work.commit("submodule");
  CHECK(lines_of(work.temp.path()).empty());
  CHECK(lines_of(work.temp.path(), "HEAD~1") ==
        std::vector<std::string>{"+.gitmodules", "+vendor/", "+vendor/lib"});
  work.temp.write("vendor/lib/lib.txt", "edited\n");
  CHECK(lines_of(work.temp.path()) == std::vector<std::string>{"vendor/lib"});
  run_git(work.temp / "vendor/lib", {"commit", "-qam", "next"});
  CHECK(lines_of(work.temp.path()) == std::vector<std::string>{"vendor/lib"});
  work.commit("bump");
  CHECK(lines_of(work.temp.path()).empty());
  stdfs::remove_all(work.temp / "vendor/lib");
  stdfs::create_directory(work.temp / "vendor/lib");
  CHECK(lines_of(work.temp.path()).empty());  // as before it is checked out
}

TEST_CASE("the base of a comparison is what both histories have in common last") {
  Work work;
  std::string first = work.git({"rev-parse", "HEAD"});
  work.git({"checkout", "-q", "-b", "topic"});
  work.temp.write("topic", "");
  work.commit("topic");
  work.git({"checkout", "-q", "main"});
  work.temp.write("main", "");
  work.commit("main");
  auto base = [&](const std::string& rev) {
    auto found = work.open().merge_base(rev);
    REQUIRE_OK(found);
    return found->sha;
  };
  CHECK(base("topic") == first);
  CHECK(base("HEAD") == work.git({"rev-parse", "HEAD"}));
  CHECK(base("HEAD~1") == first);
  CHECK(base(first.substr(0, 9)) == first);
  work.git({"merge", "-q", "--no-edit", "topic"});
  CHECK(base("topic") == work.git({"rev-parse", "topic"}));
  for (int i = 0; i < 40; ++i) {  // histories at random, against git
    std::string name = fmt::format("b{}", i % 5);
    if (i < 5) work.git({"branch", name, i % 2 == 0 ? "topic" : "main"});
    work.git({"checkout", "-q", name});
    if (i % 3 == 0) {
      (void)try_git(work.temp.path(), {"merge", "-q", "--no-edit", "-s", "ours",
                                       fmt::format("b{}", (i / 3) % std::min(5, i + 1))});
    } else {
      work.commit("step");
    }
    for (const char* other : {"main", "topic"})
      CHECK(work.git({"merge-base", "--all", "HEAD", other}).find(base(other)) != std::string::npos);
  }
}

TEST_CASE("a revision that is not there is refused with one that is near") {
  Work work;
  work.git({"branch", "develop"});
  work.git({"update-ref", "refs/remotes/origin/release", "HEAD"});
  auto failure = [&](const std::string& rev) {
    auto base = work.open().merge_base(rev);
    REQUIRE_CODE(base, Code::invalid);
    return base.error().message();
  };
  CHECK(failure("mian") == "git knows no commit 'mian' (did you mean 'main'?)");
  CHECK(failure("release") == "git knows no commit 'release' (did you mean 'origin/release'?)");
  CHECK(failure("HEAD:a.txt") == "git knows no commit 'HEAD:a.txt'");
  CHECK(failure("") == "git knows no commit ''");
  work.git({"checkout", "-q", "--orphan", "other"});
  work.commit("unrelated");
  CHECK(failure("main") == "HEAD and 'main' have no commit in common");
  test::Temp empty;
  run_git(empty.path(), {"init", "-q"});
  REQUIRE_CODE(Work::open(empty.path()).merge_base("HEAD"), Code::invalid);
}

TEST_CASE("a shallow clone that does not reach the base says what to fetch") {
  Work work;
  for (int i = 0; i < 5; ++i) {
    work.temp.write("a.txt", fmt::format("{}\n", i));
    work.commit("step");
    if (i == 1) work.git({"branch", "topic"});
  }
  work.git({"checkout", "-q", "topic"});
  work.temp.write("topic", "");
  work.commit("topic");
  work.git({"checkout", "-q", "main"});
  test::Temp place;
  std::string url = "file://" + work.temp.path().string();
  run_git(place.path(), {"clone", "-q", "--depth", "2", "--no-single-branch", url, "shallow"});
  stdfs::path clone = place / "shallow";
  auto base = Work::open(clone).merge_base("HEAD~1");
  REQUIRE_OK(base);
  CHECK(base->sha == run_git(clone, {"rev-parse", "HEAD~1"}));
  auto far = Work::open(clone).merge_base("origin/topic");
  REQUIRE_CODE(far, Code::invalid);
  CHECK(far.error().message().find("shallow clone") != std::string::npos);
  CHECK(far.error().hint().find("git fetch --deepen=100") == 0);
  REQUIRE_CODE(Work::open(clone).merge_base("HEAD~3"), Code::invalid);
  run_git(clone, {"fetch", "-q", "--deepen=5"});
  auto deepened = Work::open(clone).merge_base("origin/topic");
  REQUIRE_OK(deepened);
  CHECK(deepened->sha == work.git({"merge-base", "main", "topic"}));
}

TEST_CASE("linked work trees have an index of their own") {
  Work work;
  test::Temp place;
  work.git({"worktree", "add", "-q", "-b", "side", place / "linked"});
  CHECK(lines_of(place / "linked").empty());
  std::ofstream(place / "linked/a.txt") << "changed\n";
  CHECK(lines_of(place / "linked") == std::vector<std::string>{"a.txt"});
  CHECK(lines_of(work.temp.path()).empty());
}

TEST_CASE("files in conflict, and those that are only meant to be added, count by their content") {
  using Lines = std::vector<std::string>;
  Work work;
  work.temp.write("meant", "");
  work.git({"add", "-N", "meant"});
  CHECK(lines_of(work.temp.path()) == Lines{"+meant"});
  work.git({"rm", "-q", "--cached", "meant"});
  stdfs::remove(work.temp / "meant");
  work.git({"checkout", "-q", "-b", "other"});
  work.temp.write("a.txt", "theirs\n");
  work.commit("theirs");
  work.git({"checkout", "-q", "main"});
  work.temp.write("a.txt", "ours\n");
  work.commit("ours");
  REQUIRE(try_git(work.temp.path(), {"merge", "other"}).exit_code == 1);
  CHECK(lines_of(work.temp.path()) == Lines{"a.txt"});
  work.temp.write("a.txt", "ours\n");
  CHECK(lines_of(work.temp.path()).empty());
}

TEST_CASE("an index is read in each version, and a damaged one does no harm") {
  Work work;
  for (int i = 0; i < 30; ++i) work.temp.write(fmt::format("deep/er/directory{}/file{}", i % 4, i), "x");
  work.commit("more");
  work.git({"update-index", "--skip-worktree", "a.txt"});  // needs version 3
  std::mt19937 random(3);
  for (const char* version : {"2", "3", "4"}) {
    work.git({"update-index", "--index-version", version});
    std::ifstream file(work.temp / ".git/index", std::ios::binary);
    std::string bytes(std::istreambuf_iterator<char>(file), {});
    auto index = git::Index::parse(bytes);
    REQUIRE_OK(index);
    std::string listed;
    for (const git::IndexEntry& entry : index->entries())
      listed += fmt::format("{:06o} {} 0\t{}\n", static_cast<uint32_t>(entry.mode), entry.id.hex(),
                            index->path(entry));
    CHECK(std::string(trim(listed)) == work.git({"ls-files", "--stage"}));
    CHECK(index->find("a.txt")->left_out);
    CHECK(index->find("a.tx") == nullptr);
    const git::CachedTree* deep = index->tree().child("deep");
    REQUIRE(deep != nullptr);
    CHECK(deep->id.hex() == work.git({"rev-parse", "HEAD:deep"}));
    for (int i = 0; i < 3000; ++i) {
      std::string damaged = bytes.substr(0, random() % 4 == 0 ? random() % bytes.size() : bytes.size());
      for (unsigned n = static_cast<unsigned>(random() % 4); n > 0 && !damaged.empty(); --n)
        damaged[random() % std::min<size_t>(damaged.size(), i % 2 == 0 ? 400 : damaged.size())] =
            static_cast<char>(random());
      (void)git::Index::parse(damaged);
    }
  }
}
