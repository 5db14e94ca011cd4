#include "project/lock.hpp"

#include "project/lower.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::project;

namespace {

const std::string kOne = "sha256:" + std::string(64, '1');
const std::string kTwo = "sha256:" + std::string(64, '2');

Error refused(const std::string& text) {
  auto lock = parse_lock(text, "tierbuild.lock");
  REQUIRE_FALSE(lock);
  CHECK(lock.error().id() == "E050");
  return lock.error();
}

}  // namespace

TEST_CASE("a lock survives writing and reading, sorted and in the names that people use") {
  Lock lock;
  lock.fetches["https://example.com/tool"] = *Digest::parse(kTwo);
  lock.bases["docker.io/library/python:3.12-slim"] = *Digest::parse(kOne);
  lock.bases["ghcr.io/acme/base:1"] = *Digest::parse(kTwo);
  lock.commits["https://example.com/a.git#main"] = std::string(40, 'a');
  std::string text = serialise(lock);
  CHECK(text.substr(text.find('\n') + 1) == "base ghcr.io/acme/base:1 " + kTwo + "\nbase python:3.12-slim " +
                                                kOne + "\nfetch https://example.com/tool " + kTwo +
                                                "\ngit https://example.com/a.git#main " +
                                                std::string(40, 'a') + "\n");
  CHECK(*parse_lock(text, "f") == lock);
  CHECK(*parse_lock("\n# nothing\r\n\n", "f") == Lock{});
}

TEST_CASE("a malformed lock is refused at its place") {
  CHECK(refused("\n  bass python:3 " + kOne).where() == Location{"tierbuild.lock", 2, 3});
  CHECK(refused("base python:3").where() == Location{"tierbuild.lock", 1, 6});
  CHECK(refused("base python:3 " + kOne + " more").where().column == 87);
  CHECK(refused("base UPPER " + kOne).where().column == 6);
  CHECK(refused("base a@" + kOne + " " + kOne).where().column == 6);
  CHECK(refused("fetch ftp://x " + kOne).where().column == 7);
  CHECK(refused("base python:3 sha256:12").where().column == 15);
  CHECK(refused("base python:3 " + kOne + "\nbase docker.io/library/python:3 " + kOne).where() ==
        Location{"tierbuild.lock", 2, 6});
  CHECK(refused("base a:1 " + kOne + "\n<<<<<<< ours\n").message() == "an unresolved merge");
}

TEST_CASE("what is missing is told at its use, what is too much in the file") {
  Lock lock;
  lock.bases["docker.io/library/python:3"] = *Digest::parse(kOne);
  LockUses uses;
  uses.tags["docker.io/library/debian:12"] = {"Buildfile.lua", 3, 2};
  uses.fetches["https://example.com/tool"] = {"Buildfile.lua", 9, 1};
  std::vector<Error> errors = stale_entries(lock, uses, "tierbuild.lock");
  REQUIRE(errors.size() == 3);
  CHECK(errors[0].where() == Location{"Buildfile.lua", 3, 2});
  CHECK(errors[0].message() == "the base 'debian:12' is not in tierbuild.lock");
  CHECK(errors[1].where() == Location{"Buildfile.lua", 9, 1});
  CHECK(errors[2].message() == "nothing uses the base 'python:3' any more");
}

TEST_CASE("a locked tag becomes its digest, and keeps its label") {
  Project project;
  project.workspace.root = "/w";
  TargetDecl target;
  target.name = "a";
  auto image = std::make_shared<Image>();
  image->base = NamedBase{"python:3"};
  image->where = {"Buildfile.lua", 1, 20};
  target.from = image;
  project.targets.push_back(target);

  Lowered open = lower(project, image::Platform::host());
  CHECK(std::get<graph::Base>(open.graph.nodes().front().op).reference == "docker.io/library/python:3");
  REQUIRE(open.uses.tags.size() == 1);
  CHECK(open.uses.tags.at("docker.io/library/python:3") == image->where);

  project.lock.bases["docker.io/library/python:3"] = *Digest::parse(kOne);
  Lowered locked = lower(project, image::Platform::host());
  CHECK(std::get<graph::Base>(locked.graph.nodes().front().op).reference ==
        "docker.io/library/python:3@" + kOne);
  CHECK(locked.graph.nodes().front().label == open.graph.nodes().front().label);
  CHECK(locked.uses.tags == open.uses.tags);
}
