#include "git/clean_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "fs/file.hpp"
#include "fs/fingerprint.hpp"
#include "fs/lstat.hpp"
#include "support/git_work.hpp"

using namespace tierbuild;
namespace stdfs = std::filesystem;

namespace {

void settle() {
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
}

/// A work tree, and a cache of what was read in it and elsewhere.
struct Checkouts : test::Work {
  test::Temp store;
  FakeEnvironment environment;

  Checkouts() {
    environment.variables["HOME"] = store.path();
    refresh(temp.path());
  }
  /// Has git look at all files and write the index anew, later than any of them.
  static void refresh(const stdfs::path& top) {
    settle();
    test::run_git(top, {"update-index", "-q", "--refresh", "--force-write-index"});
    settle();
  }
  /// The files that had to be read for the tree's digests, which must be those of its bytes.
  uint64_t read(const stdfs::path& root) const {
    auto cache = fs::FingerprintCache::open(store / "cache", git::clean_files(environment));
    Result<fs::ScanResult> found = fs::scan({.root = root, .include = {"."}});
    REQUIRE_OK(found);
    Result<std::vector<Digest>> digests = fs::digest_all(root, found->entries, *cache, 2);
    REQUIRE_OK(digests);
    for (size_t i = 0; i < digests->size(); ++i)
      if (found->entries[i].type == fs::FileType::file)
        REQUIRE((*digests)[i] == Digest::of(*fs::read_file(root / found->entries[i].path)));
    REQUIRE_OK(cache->save());
    return cache->files_read();
  }
  uint64_t read() const { return read(temp.path()); }
  /// As after a copy or a restore: other times and inodes, the same bytes.
  void replace(const std::string& path) const {
    std::string bytes = *fs::read_file(temp / path);
    stdfs::remove(temp / path);
    temp.write(path, bytes);
  }
};

}  // namespace

TEST_CASE("what git calls clean is read once, whichever checkout it is in") {
  Checkouts work;
  REQUIRE(work.read() == 2);
  REQUIRE(work.read() == 0);

  work.git({"worktree", "add", "-q", "-b", "other", (work.store / "tree").string()});
  work.refresh(work.store / "tree");
  REQUIRE(work.read(work.store / "tree") == 0);
  REQUIRE(work.read(work.store / "tree/src") == 0);

  work.git({"clone", "-q", work.temp.path().string(), (work.store / "clone").string()});
  work.refresh(work.store / "clone");
  REQUIRE(work.read(work.store / "clone") == 0);
}

TEST_CASE("a switch to another branch and back reads only what is new") {
  Checkouts work;
  REQUIRE(work.read() == 2);
  work.git({"checkout", "-q", "-b", "next"});
  work.temp.write("a.txt", "ONE\n");
  work.commit("second");
  work.refresh(work.temp.path());
  REQUIRE(work.read() == 1);
  for (const char* branch : {"main", "next", "main"}) {
    work.git({"checkout", "-q", branch});
    work.refresh(work.temp.path());
    REQUIRE(work.read() == 0);
  }
}

TEST_CASE("a file that was touched is not read once git has looked at it") {
  Checkouts work;
  REQUIRE(work.read() == 2);
  work.replace("a.txt");
  settle();
  REQUIRE(work.read() == 1);  // its stat is not that of the index
  // A git that was built without fractions of seconds only sees that it is another file in another second.
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  work.replace("a.txt");
  settle();
  work.refresh(work.temp.path());
  REQUIRE(work.read() == 0);
}

TEST_CASE("an edit of the same size is read, also when the index was written in the same moment") {
  Checkouts work;
  REQUIRE(work.read() == 2);
  work.replace("a.txt");
  work.git({"update-index", "-q", "--refresh"});
  struct stat info {};
  REQUIRE(::stat((work.temp / "a.txt").c_str(), &info) == 0);
  // An edit within the clock's tick leaves the stat as it is; the index cannot tell then.
  timespec same[2] = {info.st_mtim, info.st_mtim};
  REQUIRE(::utimensat(AT_FDCWD, (work.temp / ".git/index").c_str(), same, 0) == 0);
  settle();
  REQUIRE(work.read() == 1);

  work.temp.write("src/lib/b.txt", "TWO\n");
  settle();
  REQUIRE(work.read() == 1);
}

TEST_CASE("a file that differs from its blob stands for itself") {
  Checkouts work;
  REQUIRE(work.read() == 2);
  SECTION("by line ends") {
    work.temp.write(".gitattributes", "*.txt text\n");
    work.commit("attributes");
    // Both are clean, and of one size, but not the same bytes.
    work.temp.write("x.txt", "a\r\nb\n");
    work.temp.write("y.txt", "a\nb\r\n");
    work.commit("mixed");
    work.refresh(work.temp.path());
    REQUIRE(work.read() == 3);
    REQUIRE(work.read() == 0);
  }
  SECTION("by a filter") {
    work.git({"config", "filter.shout.clean", "tr A-Z a-z"});
    work.git({"config", "filter.shout.smudge", "tr a-z A-Z"});
    work.temp.write("src/.gitattributes", "*.txt filter=shout\n");
    work.commit("attributes");
    stdfs::remove(work.temp / "src/lib/b.txt");
    work.git({"checkout", "-q", "--", "src/lib/b.txt"});
    REQUIRE(*fs::read_file(work.temp / "src/lib/b.txt") == "TWO\n");
    work.refresh(work.temp.path());
    REQUIRE(work.read() == 2);
  }
}

TEST_CASE("where git says too little, files are read") {
  Checkouts work;
  SECTION("SHA-256") {
    if (test::try_git(work.store.path(), {"init", "-q", "--object-format=sha256", "new"}).exit_code != 0)
      return test::skip("this git makes no SHA-256 repositories");
  }
  SECTION("no repository") {
    work.store.write("new/none", "none");
  }
  SECTION("an index that is damaged") {
    test::run_git(work.store.path(), {"init", "-q", "new"});
    work.store.write("new/.git/index", "DIRC");
  }
  SECTION("a submodule") {
    test::run_git(work.store.path(), {"init", "-q", "new"});
    test::run_git(work.store / "new", {"-c", "protocol.file.allow=always", "submodule", "add", "-q",
                                       work.temp.path().string(), "inner"});
    work.refresh(work.store / "new");
    REQUIRE(work.read() == 2);
    REQUIRE(work.read(work.store / "new/inner") == 2);
    REQUIRE(work.read(work.store / "new") >= 1);  // .gitmodules
    return;
  }
  work.store.write("new/a.txt", "one\n");
  if (stdfs::exists(work.store / "new/.git")) test::try_git(work.store / "new", {"add", "-A"});
  settle();
  REQUIRE(work.read() == 2);
  REQUIRE(work.read(work.store / "new") >= 1);
  REQUIRE(work.read(work.store / "new") == 0);
}
