#include <sys/stat.h>

#include "bindings/evaluate.hpp"
#include "bindings/view.hpp"
#include "support/git_work.hpp"

using namespace tierbuild;
using namespace tierbuild::bindings;
namespace stdfs = std::filesystem;

namespace {

/// A workspace below the top of a repository, with links in it and out of it.
struct Workspace {
  test::Work work;
  std::string root;
  std::optional<git::Repository> repository;
  git::ObjectId tree;

  Workspace() {
    const test::Temp& temp = work.temp;
    temp.write("secret", "outside");
    for (const char* name :
         {"w/real.txt", "w/s/b.py", "w/s/a.py", "w/s/c.txt", "w/s/d/e.py", "w/.hidden/x.py"})
      temp.write(name, name);
    stdfs::create_symlink("real.txt", temp / "w/good");
    stdfs::create_symlink("../secret", temp / "w/up");
    stdfs::create_symlink((temp / "secret").string(), temp / "w/absolute");
    stdfs::create_directory_symlink("..", temp / "w/dir");
    stdfs::create_directory_symlink("s/d", temp / "w/inner");
    stdfs::create_symlink("loop", temp / "w/loop");
    stdfs::create_symlink("nowhere", temp / "w/dangling");
    temp.write("w/large", std::string((16u << 20) + 1, 'x'));
    work.commit("workspace");
    root = stdfs::canonical(temp / "w").string();
    repository = work.open();
    auto base = repository->merge_base("HEAD");
    REQUIRE_OK(base);
    tree = base->tree;
  }
  View on_disk() const { return View(root); }
  View of_commit() const { return {root, files_of_commit(*repository, tree, root)}; }
};

std::string shown(const Result<std::string>& bytes) {
  return bytes ? "bytes " + *bytes : bytes.error().id();
}
std::string shown(const Result<bool>& there) {
  return there ? (*there ? "there" : "missing") : there.error().id() + " " + there.error().message();
}
std::string shown(const Result<std::vector<std::string>>& found) {
  return found ? "found " + join(*found, " ") : found.error().id() + " " + found.error().message();
}

}  // namespace

TEST_CASE("a view of a commit sees what a view of its checkout sees") {
  Workspace workspace;
  View disk = workspace.on_disk(), commit = workspace.of_commit();
  for (const char* name :
       {"real.txt", "good", "up", "absolute", "dir/secret", "dir/w/real.txt", "inner/e.py", "loop",
        "dangling", "s", "none", "none/deep", "real.txt/x", "large", "s/../real.txt"}) {
    std::string path = workspace.root + "/" + name;
    INFO(name);
    CHECK(shown(commit.read(path)) == shown(disk.read(path)));
    for (LastLink link : {LastLink::follow, LastLink::keep})
      CHECK(shown(commit.exists(path, link)) == shown(disk.exists(path, link)));
    CHECK(commit.neighbours(path) == disk.neighbours(path));
  }
  for (const char* pattern : {"*", "**", "s/*.py", "**/*.py", "//s/**/*.py", "inner/*", "{good,real}*", "s",
                              "none", "[", "../*", "dir/*", "**/d"}) {
    INFO(pattern);
    CHECK(shown(commit.glob(workspace.root, pattern)) == shown(disk.glob(workspace.root, pattern)));
  }
  CHECK(commit.reads() == disk.reads());
  CHECK(commit.glob(workspace.root + "/s/d", "../*.txt")->size() == 1);
  CHECK(commit.looks().looks.empty());  // nothing of it can change
  CHECK(commit.looks().directories.empty());
}

TEST_CASE("a view of a commit does not see what became of its files") {
  Workspace workspace;
  std::string real = workspace.root + "/real.txt";
  workspace.work.temp.write("w/real.txt", "edited");
  workspace.work.temp.write("w/new.txt", "");
  stdfs::remove_all(workspace.work.temp / "w/s");
  View commit = workspace.of_commit();
  CHECK(*commit.read(real) == "w/real.txt");
  CHECK_FALSE(*commit.exists(workspace.root + "/new.txt", LastLink::follow));
  CHECK(commit.glob(workspace.root, "s/*.py")->size() == 2);
}

TEST_CASE("a Buildfile is evaluated as a commit has it, with all that it loads") {
  test::Work work;
  work.temp.write(
      "ws/Buildfile.lua",
      "workspace 'w' { root = '..' }\n"
      "local rules = require 'rules'\n"
      "include '//services/*/Buildfile.lua'\n"
      "tier 'base' { from = rules.from, pip = { python.requirements '//req.txt' }, python = '3.12' }\n"
      "service(arg 'name' { 'web' }) { from = 'base' }\n");
  work.temp.write("rules.lua", "return { from = 'debian:12' }");
  work.temp.write("req.txt", "fastapi==1.0\n");
  work.temp.write("services/one/Buildfile.lua",
                  "service 'one' { from = 'base', copy = { { 'file', to = '/' } } }");
  work.temp.write("services/one/file", "");
  work.commit("workspace");
  git::Repository repository = work.open();
  auto base = repository.merge_base("HEAD");
  REQUIRE_OK(base);
  for (const char* gone : {"services", "rules.lua", "req.txt"}) stdfs::remove_all(work.temp / gone);
  work.temp.write("ws/Buildfile.lua", "error 'no'");

  EvaluateOptions options;
  options.file = work.temp / "ws/Buildfile.lua";
  options.args = {{"name", "api"}, {"younger", "1"}};
  options.at = Commit{&repository, base->tree};
  auto evaluated = evaluate(options);
  REQUIRE(evaluated.index() == 0);
  const project::Project& project = std::get<0>(evaluated)->project();
  std::vector<std::string> targets;
  for (const project::TargetDecl& target : project.targets) targets.push_back(target.name);
  CHECK(targets == std::vector<std::string>{"one", "base", "api"});
  CHECK(project.find_target("base")->requirements.size() == 1);
  CHECK(project.workspace.root == stdfs::canonical(work.temp.path()).string());
}
