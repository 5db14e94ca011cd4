#include "git/snapshot.hpp"

#include <random>

#include "git/snapshot_scan.hpp"
#include "support/git_work.hpp"

using namespace tierbuild;
namespace stdfs = std::filesystem;
using git::LastLink;
using git::Mode;
using git::Snapshot;
using test::run_git;
using test::Work;

namespace {

Snapshot snapshot_of(const git::Repository& repository, const stdfs::path& directory) {
  auto base = repository.merge_base("HEAD");
  REQUIRE_OK(base);
  auto snapshot = Snapshot::of(repository, base->tree, stdfs::canonical(directory));
  REQUIRE_OK(snapshot);
  return std::move(*snapshot);
}

std::string names_in(Snapshot& snapshot, const std::string& path) {
  auto files = snapshot.list(path);
  REQUIRE_OK(files);
  std::string names;
  for (const git::SnapshotFile& file : *files) names += file.name + " ";
  return names;
}

Mode mode_of(Snapshot& snapshot, const std::string& path) {
  auto entry = snapshot.lookup(path);
  REQUIRE_OK(entry);
  return entry->mode;
}

std::string resolved(Snapshot& snapshot, const std::string& path, LastLink link = LastLink::follow) {
  auto found = snapshot.resolve(path, link);
  REQUIRE_OK(found);
  return found->value_or("(nothing)");
}

}  // namespace

TEST_CASE("a snapshot has the files of the commit, whatever became of them") {
  Work work;
  work.temp.write("src/run", "#!/bin/sh\n");
  stdfs::permissions(work.temp / "src/run", stdfs::perms::owner_exec, stdfs::perm_options::add);
  work.commit("run");
  stdfs::remove_all(work.temp / "src");
  work.temp.write("a.txt", "changed\n");
  work.temp.write("new", "");
  git::Repository repository = work.open();
  Snapshot snapshot = snapshot_of(repository, work.temp.path());
  CHECK(names_in(snapshot, "") == "a.txt src ");
  CHECK(names_in(snapshot, "src") == "lib run ");
  CHECK(names_in(snapshot, "a.txt").empty());
  CHECK(names_in(snapshot, "none/at/all").empty());
  CHECK(*snapshot.read("a.txt") == "one\n");
  CHECK(mode_of(snapshot, "src/run") == Mode::executable);
  CHECK(mode_of(snapshot, "src/lib") == Mode::directory);
  CHECK(mode_of(snapshot, "") == Mode::directory);
  CHECK(mode_of(snapshot, "new") == Mode::none);
  CHECK(snapshot.is_fixed());
}

TEST_CASE("a snapshot may be of a directory below the repository, or above it") {
  test::Temp outer;
  stdfs::create_directories(outer / "repo/inner");
  outer.write("repo/inner/a", "committed");
  outer.write("beside", "as it is");
  run_git(outer / "repo", {"init", "-q"});
  run_git(outer / "repo", {"add", "-A"});
  run_git(outer / "repo", {"commit", "-qm", "one"});
  outer.write("repo/inner/a", "edited");
  outer.write("repo/inner/b", "");
  git::Repository repository = Work::open(outer / "repo");
  Snapshot inner = snapshot_of(repository, outer / "repo/inner");
  CHECK(names_in(inner, "") == "a ");
  CHECK(*inner.read("a") == "committed");
  Snapshot all = snapshot_of(repository, outer.path());
  CHECK(names_in(all, "") == "beside repo ");
  CHECK(names_in(all, "repo/inner") == "a ");
  CHECK(*all.read("repo/inner/a") == "committed");
  CHECK(*all.read("beside") == "as it is");
  CHECK(mode_of(all, "none") == Mode::none);
  CHECK_FALSE(all.is_fixed());
}

TEST_CASE("symlinks of a snapshot lead around in it, but not out of it") {
  Work work;
  stdfs::create_symlink("../a.txt", work.temp / "src/up");
  stdfs::create_directory_symlink("lib", work.temp / "src/dir");
  stdfs::create_symlink("../../out", work.temp / "src/out");
  stdfs::create_symlink("/etc/passwd", work.temp / "absolute");
  stdfs::create_symlink("loop", work.temp / "loop");
  stdfs::create_symlink("nowhere", work.temp / "dangling");
  work.commit("links");
  git::Repository repository = work.open();
  Snapshot snapshot = snapshot_of(repository, work.temp.path());
  CHECK(resolved(snapshot, "src/up") == "a.txt");
  CHECK(resolved(snapshot, "src/up", LastLink::keep) == "src/up");
  CHECK(resolved(snapshot, "src/dir/b.txt", LastLink::keep) == "src/lib/b.txt");
  CHECK(resolved(snapshot, "./src/./lib/") == "src/lib");
  for (const char* path : {"loop", "dangling", "a.txt/x", "none"})
    CHECK(resolved(snapshot, path) == "(nothing)");
  for (const char* path : {"src/out", "absolute", "../x", "src/../../x"}) {
    INFO(path);
    REQUIRE_CODE(snapshot.resolve(path, LastLink::follow), Code::denied);
  }
  CHECK(resolved(snapshot, "absolute", LastLink::keep) == "absolute");
  CHECK(mode_of(snapshot, "src/dir/b.txt") == Mode::none);  // a lookup follows none
}

TEST_CASE("the files of a submodule are found if they are here") {
  Work work, library;
  library.temp.write("deep/lib.txt", "lib\n");
  library.commit("lib");
  work.git(
      {"-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.temp.path(), "vendor/lib"});
  work.commit("submodule");
  git::Repository repository = work.open();
  Snapshot snapshot = snapshot_of(repository, work.temp.path());
  CHECK(mode_of(snapshot, "vendor/lib") == Mode::submodule);
  CHECK(names_in(snapshot, "vendor/lib") == "a.txt deep src ");
  CHECK(*snapshot.read("vendor/lib/deep/lib.txt") == "lib\n");
  CHECK_FALSE(snapshot.is_fixed());
  stdfs::remove_all(work.temp / "vendor/lib");
  Snapshot absent = snapshot_of(repository, work.temp.path());
  CHECK(names_in(absent, "vendor/lib").empty());
}

TEST_CASE("a snapshot is scanned as the same files on disk are") {
  const std::vector<std::string> names{"a", "a-b", "ab", "b", "b.py", "c.txt", "x"};
  const std::vector<std::string> includes{
      "**",     "a", "a/b",    "*",     "a/*",      "**/*.py", "a-b/**", "*/b.py", "{a,x}/**/c.txt",
      "b/../a", ".", "a/**/x", "[ab]*", "x/*/b.py", "missing", "**/a/**"};
  const std::vector<std::string> rules{"b", "a/b",  "**/*.py", "a/",   "!a/b", "!**/c.txt",
                                       "*", "x/**", "!x/a",    "/a-b", "!a"};
  std::mt19937 random(7);
  auto pick = [&](const std::vector<std::string>& from) { return from[random() % from.size()]; };
  for (int round = 0; round < 12; ++round) {
    Work work;
    for (int i = 0; i < 40; ++i) {
      std::string path = pick(names);
      for (unsigned depth = static_cast<unsigned>(random() % 3); depth > 0; --depth)
        path += "/" + pick(names);
      std::error_code failure;
      stdfs::create_directories((work.temp / path).parent_path(), failure);
      if (failure || stdfs::exists(stdfs::symlink_status(work.temp / path))) continue;
      if (random() % 8 == 0)
        stdfs::create_symlink(pick(names), work.temp / path);
      else
        work.temp.write(path, path);
    }
    work.commit("tree");
    git::Repository repository = work.open();
    Snapshot snapshot = snapshot_of(repository, work.temp.path());
    for (int i = 0; i < 60; ++i) {
      fs::Selection selection;
      selection.root = work.temp.path();
      for (unsigned n = 1 + static_cast<unsigned>(random() % 2); n > 0; --n)
        selection.include.push_back(pick(includes));
      for (unsigned n = static_cast<unsigned>(random() % 4); n > 0; --n)
        selection.exclude.push_back(pick(rules));
      auto on_disk = fs::scan(selection);
      auto choice = fs::Choice::make(selection, "");
      REQUIRE(bool(on_disk) == bool(choice));  // `..` is refused by both
      if (!choice) continue;
      auto scanned = git::scan(snapshot, *choice, git::Submodules::open);
      REQUIRE_OK(scanned);
      std::vector<std::string> expected, found;
      for (const fs::FileEntry& entry : on_disk->entries) expected.push_back(entry.path);
      for (const git::SnapshotEntry& entry : *scanned) found.push_back(entry.path);
      INFO(join(selection.include, " ") << " without " << join(selection.exclude, " "));
      REQUIRE(found == expected);
    }
  }
}
