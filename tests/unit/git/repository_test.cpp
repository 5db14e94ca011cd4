#include "git/repository.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "support/git_work.hpp"

using namespace tierbuild;
namespace stdfs = std::filesystem;
using git::Repository;
using test::run_git;
using test::try_git;
using test::Work;

namespace {

std::string text_at(const Repository& repository, const std::string& rev, const std::string& path) {
  Result<std::optional<std::string>> bytes = repository.read(rev, path);
  REQUIRE_OK(bytes);
  return bytes->value_or("(none)");
}

}  // namespace

TEST_CASE("a repository is found from below, and none where there is none") {
  Work work;
  stdfs::path top = stdfs::canonical(work.temp.path());
  for (const char* below : {"", "src/lib", "src/lib/b.txt"})
    REQUIRE(Work::open(work.temp / below).root() == top);
  test::Temp bare;
  run_git(bare.path(), {"init", "-q", "--bare"});
  test::Temp none;
  for (const stdfs::path& path : {bare.path(), none.path(), none / "missing"}) {
    Result<std::optional<Repository>> found = Repository::discover(path);
    REQUIRE_OK(found);
    REQUIRE_FALSE(found->has_value());
  }
}

TEST_CASE("the head is told by commit, branch and tag") {
  Work work;
  REQUIRE(work.head().sha == work.git({"rev-parse", "HEAD"}));
  REQUIRE(work.head().branch == "main");
  REQUIRE(work.head().tag.empty());

  work.git({"tag", "v1"});
  work.git({"tag", "-a", "-m", "release", "rel/v2"});
  REQUIRE(work.head().tag == "v1");
  work.git({"tag", "-d", "v1"});
  REQUIRE(work.head().tag == "rel/v2");
  work.git({"pack-refs", "--all"});
  REQUIRE(work.head().tag == "rel/v2");

  work.git({"checkout", "-q", "-b", "feature/x"});
  REQUIRE(work.head().branch == "feature/x");
  work.git({"checkout", "-q", "--detach"});
  REQUIRE(work.head().branch.empty());
  REQUIRE_FALSE(work.head().dirty);

  work.temp.write("a.txt", "next\n");
  work.commit("second");
  REQUIRE(work.head().tag.empty());
}

TEST_CASE("before the first commit there is a branch and no commit") {
  test::Temp temp;
  run_git(temp.path(), {"init", "-q", "-b", "trunk"});
  Result<git::Head> head = Work::open(temp.path()).head();
  REQUIRE_OK(head);
  REQUIRE(head->sha.empty());
  REQUIRE(head->branch == "trunk");
  REQUIRE_FALSE(head->dirty);
  temp.write("a", "");
  REQUIRE(Work::open(temp.path()).head()->dirty);
}

TEST_CASE("dirty is what git status would show") {
  Work work;
  auto dirty_once = [&](auto change) {
    REQUIRE_FALSE(work.head().dirty);
    change();
    bool dirty = work.head().dirty;
    REQUIRE(dirty == !work.git({"status", "--porcelain"}).empty());
    work.git({"reset", "-q", "--hard"});
    work.git({"clean", "-qfdx"});
    return dirty;
  };
  REQUIRE(dirty_once([&] { work.temp.write("a.txt", "ONE\n"); }));
  REQUIRE(dirty_once([&] { stdfs::remove(work.temp / "a.txt"); }));
  REQUIRE(dirty_once([&] { work.temp.write("new/file", ""); }));
  REQUIRE(dirty_once([&] { REQUIRE(::chmod((work.temp / "a.txt").c_str(), 0755) == 0); }));
  REQUIRE(dirty_once([&] {
    work.temp.write("a.txt", "staged\n");
    work.git({"add", "a.txt"});
  }));
  work.temp.write(".gitignore", "*.log\n");
  work.commit("ignore");
  REQUIRE_FALSE(dirty_once([&] { work.temp.write("src/debug.log", ""); }));
  REQUIRE_FALSE(dirty_once([&] { stdfs::create_directories(work.temp / "empty"); }));
  // The times differ, the bytes do not.
  REQUIRE_FALSE(dirty_once([&] { work.temp.write("a.txt", "one\n"); }));
}

TEST_CASE("files are read as they were in a commit") {
  Work work;
  work.temp.write("a.txt", "changed\n");
  work.temp.write("binary", std::string("\0\r\n\xff", 4));
  stdfs::create_symlink("a.txt", work.temp / "link");
  work.commit("second");
  work.git({"tag", "-a", "-m", "x", "v2"});
  work.temp.write("a.txt", "not committed\n");
  Repository repository = work.open();
  REQUIRE(text_at(repository, "HEAD", "a.txt") == "changed\n");
  REQUIRE(text_at(repository, "v2", "a.txt") == "changed\n");
  REQUIRE(text_at(repository, "HEAD~1", "a.txt") == "one\n");
  REQUIRE(text_at(repository, work.git({"rev-parse", "--short", "HEAD~1"}), "src/lib/b.txt") == "two\n");
  REQUIRE(text_at(repository, "HEAD", "binary") == std::string("\0\r\n\xff", 4));
  for (const char* path : {"none", "src", "a.txt/x", "", "../a.txt", "/a.txt"})
    REQUIRE(text_at(repository, "HEAD", path) == "(none)");
  REQUIRE(text_at(repository, "HEAD~1", "binary") == "(none)");
  REQUIRE_CODE(repository.read("HEAD", "link"), Code::invalid);
  for (const char* rev : {"no-such-branch", "HEAD~9", "--upload-pack=x", "", "HEAD:a.txt", "^^{"}) {
    INFO(rev);
    REQUIRE_FALSE(repository.read(rev, "a.txt"));
  }
  REQUIRE_CODE(repository.read("no-such-branch", "a.txt"), Code::not_found);
}

TEST_CASE("tracked files are those of the index, sorted, below a directory") {
  Work work;
  using Paths = std::vector<std::string>;
  work.temp.write("src/a-b", "");
  work.temp.write("src-other/x", "");
  work.temp.write("staged", "");
  work.git({"add", "-A"});
  work.temp.write("src/untracked", "");
  stdfs::remove(work.temp / "a.txt");
  Repository repository = work.open();
  REQUIRE(*repository.tracked("") == Paths{"a.txt", "src-other/x", "src/a-b", "src/lib/b.txt", "staged"});
  REQUIRE(*repository.tracked(".") == *repository.tracked(""));
  for (const char* directory : {"src", "src/", "./src"})
    REQUIRE(*repository.tracked(directory) == Paths{"src/a-b", "src/lib/b.txt"});
  REQUIRE(repository.tracked("none")->empty());
  REQUIRE(repository.tracked("staged")->empty());
  work.git({"rm", "-q", "--cached", "staged"});
  REQUIRE(repository.tracked("")->size() == 4);
}

TEST_CASE("a file in conflict is tracked once") {
  Work work;
  work.git({"checkout", "-q", "-b", "other"});
  work.temp.write("a.txt", "theirs\n");
  work.commit("theirs");
  work.git({"checkout", "-q", "main"});
  work.temp.write("a.txt", "ours\n");
  work.commit("ours");
  REQUIRE(try_git(work.temp.path(), {"merge", "other"}).exit_code == 1);
  REQUIRE(work.open().tracked("")->size() == 2);
  REQUIRE(work.head().dirty);
}

TEST_CASE("linked work trees and submodules are repositories of their own") {
  Work work, library;
  library.temp.write("lib.txt", "lib\n");
  library.commit("lib");
  work.git(
      {"-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.temp.path(), "vendor/lib"});
  work.commit("submodule");
  Repository inner = Work::open(work.temp / "vendor/lib");
  REQUIRE(inner.root() == stdfs::canonical(work.temp / "vendor/lib"));
  REQUIRE(inner.head()->sha == library.head().sha);
  std::vector<std::string> tracked = *work.open().tracked("");
  REQUIRE(tracked == std::vector<std::string>{".gitmodules", "a.txt", "src/lib/b.txt"});
  REQUIRE_FALSE(work.head().dirty);

  test::Temp place;
  work.git({"worktree", "add", "-q", "-b", "side", place / "linked"});
  Repository linked = Work::open(place / "linked/src");
  REQUIRE(linked.root() == stdfs::canonical(place / "linked"));
  REQUIRE(linked.head()->branch == "side");
  REQUIRE_FALSE(linked.head()->dirty);
}

TEST_CASE("a sparse checkout is clean") {
  Work work;
  work.git({"sparse-checkout", "set", "--no-cone", "/a.txt"});
  REQUIRE_FALSE(stdfs::exists(work.temp / "src"));
  REQUIRE(work.git({"status", "--porcelain"}).empty());
  REQUIRE_FALSE(work.head().dirty);
  REQUIRE(text_at(work.open(), "HEAD", "src/lib/b.txt") == "two\n");
}

TEST_CASE("no hook, filter or file system monitor is run") {
  Work work;
  test::Temp canary;
  std::string touch = "touch " + (canary / "ran").string() + "; cat";
  work.temp.write(".gitattributes", "* filter=evil diff=evil\n");
  work.commit("attributes");
  for (const char* key : {"filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "core.fsmonitor"})
    work.git({"config", key, touch});
  for (const char* hook : {"post-index-change", "fsmonitor-watchman", "post-checkout"}) {
    stdfs::path file = work.temp.write(std::string(".git/hooks/") + hook, "#!/bin/sh\n" + touch + "\n");
    REQUIRE(::chmod(file.c_str(), 0755) == 0);
  }
  stdfs::remove(canary / "ran");
  work.temp.write("a.txt", "ONE\n");
  REQUIRE(work.head().dirty);
  REQUIRE(text_at(work.open(), "HEAD", "a.txt") == "one\n");
  REQUIRE(work.open().tracked("")->size() == 3);
  REQUIRE_FALSE(stdfs::exists(canary / "ran"));
}

TEST_CASE("another user's repository is refused with the command that would trust it") {
  if (::geteuid() != 0) {
    test::skip("only root can give files away");
    return;
  }
  Work work;
  for (const char* path : {"", ".git"}) REQUIRE(::chown((work.temp / path).c_str(), 12345, 12345) == 0);
  Result<std::optional<Repository>> found = Repository::discover(work.temp / "src");
  REQUIRE_CODE(found, Code::denied);
  std::string top = stdfs::canonical(work.temp.path()).string();
  REQUIRE(found.error().hint().find("safe.directory " + top) != std::string::npos);
}

TEST_CASE("a damaged repository is an error, not an absent one") {
  Work work;
  work.temp.write(".git/config", "[core\n");
  REQUIRE_FALSE(Repository::discover(work.temp.path()));
  Work other;
  other.temp.write(".git/index", "garbage");
  REQUIRE_FALSE(other.open().tracked(""));
}

TEST_CASE("repositories may be opened and used in many threads") {
  Work work;
  std::string sha = work.head().sha;
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i)
      threads.emplace_back([&] {
        for (int round = 0; round < 10; ++round) {
          auto found = Repository::discover(work.temp.path());
          if (!found || !*found) return;
          auto head = (*found)->head();
          auto text = (*found)->read("HEAD", "a.txt");
          if (head && head->sha == sha && text && *text == "one\n") ++good;
        }
      });
  }
  REQUIRE(good == 60);

  Repository shared = work.open();
  good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int round = 0; round < 10; ++round) good += shared.head() && shared.tracked("src");
      });
  }
  REQUIRE(good == 40);
}
