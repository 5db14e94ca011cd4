#include "graph/difference.hpp"

#include "graph/key.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::graph;

namespace {

Digest some(const std::string& text) {
  return Digest::of(text);
}

/// The key of one operation over what it reads.
Key key_of_op(const Operation& op, NodeInputs inputs = {}, const image::Platform& platform = {}) {
  Graph graph(platform);
  StackId base = graph.stack({}, graph.add(Base{}, "base", {}));
  Operation placed = op;
  if (Run* run = std::get_if<Run>(&placed)) {
    run->on = base;
    if (inputs.stacks.empty()) inputs.stacks = {some("root")};
  }
  return key_of(graph, graph.add(placed, "step", {}), inputs);
}

std::vector<std::string> texts(const Key& before, const Key& now) {
  std::vector<std::string> out;
  for (const Change& change : differences(before.fields, now.fields)) out.push_back(text_of(change));
  return out;
}
std::vector<std::string> texts(const Operation& before, const Operation& now) {
  return texts(key_of_op(before), key_of_op(now));
}
using Texts = std::vector<std::string>;

Run command(std::vector<std::string> argv) {
  Run run;
  run.argv = std::move(argv);
  return run;
}
Run script(const std::string& text) {
  return command(
      {"/bin/sh", "-c", "set -eu; if (set -o pipefail) 2>/dev/null; then set -o pipefail; fi\n" + text});
}

using Files = std::vector<KeyField>;
Key copy_of(const Files& files, std::vector<KeyField> links = {}) {
  Copy copy;
  copy.items.push_back({FileSource{"/w", {"src"}, {}, "src", {}}, "/app", {}, {}});
  std::string all;
  for (const KeyField& file : files) all += file.name + file.value + "\n";
  NodeInputs inputs;
  inputs.sources.push_back({some(all), files, std::move(links)});
  return key_of_op(copy, inputs);
}
std::string file(const std::string& content, int mode = 644) {
  return fmt::format("{} {}", mode, some(content).str());
}

Run with_requirements(const std::string& text, std::vector<LineOrigin> lines) {
  Run run = script(": pip install x\npip install -r /r.txt");
  Mount mount;
  mount.kind = Mount::Kind::bind;
  mount.target = "/r.txt";
  mount.from = TextSource{text, std::move(lines)};
  run.mounts = {mount};
  return run;
}
LineOrigin at(int line, const std::string& name = "requirements.txt") {
  return {{name, line, 1}, {}};
}

}  // namespace

TEST_CASE("equal keys have no differences") {
  REQUIRE(texts(script("a\nb"), script("a\nb")).empty());
  REQUIRE(texts(copy_of({{"a", file("1")}}), copy_of({{"a", file("1")}})).empty());
}

TEST_CASE("one word put into a command is one word that is new") {
  REQUIRE(texts(command({"make", "a", "c"}), command({"make", "a", "b", "c"})) ==
          Texts{"its command: `b` is new"});
  REQUIRE(texts(command({"make", "a", "b"}), command({"make", "b"})) == Texts{"its command: `a` is gone"});
  REQUIRE(texts(command({"make", "a", "b"}), command({"make", "x", "b"})) == Texts{"its command: `a` → `x`"});
}

TEST_CASE("scripts are compared by line, and lines that install packages by package") {
  REQUIRE(texts(script("one\ntwo\nthree"), script("one\nthree")) == Texts{"its script: `two` is gone"});
  REQUIRE(texts(script("cp a b\ncp c d"), script("mkdir x\ncp a b\ncp c e")) ==
          Texts{"its script: `mkdir x` is new", "its script: `cp c d` → `cp c e`"});
  REQUIRE(texts(script("apt-get install -y curl git"), script("apt-get install -y curl jq git")) ==
          Texts{"package jq is new"});
  REQUIRE(texts(script("apt-get install -y curl=1 git"), script("apt-get install -y curl=2")) ==
          Texts{"package curl: =1 → =2", "package git is gone"});
  REQUIRE(texts(script("apt-get install -y curl"), script("apt-get install --no-upgrade curl")).size() == 1);
}

TEST_CASE("the line that only names a script counts if nothing else differs") {
  REQUIRE(texts(script(": make a\nmake"), script(": make b\nmake -k")) ==
          Texts{"its script: `make` → `make -k`"});
  REQUIRE(texts(script(": make a\nmake"), script(": make b\nmake")) ==
          Texts{"its script: `: make a` → `: make b`"});
}

TEST_CASE("fields are told with both values") {
  auto changed = [](const std::function<void(Run&)>& change) {
    Run before = command({"x"}), now = before;
    before.env = {{"A", "1"}, {"B", "1"}};
    now.env = before.env;
    change(now);
    return texts(before, now);
  };
  REQUIRE(changed([](Run& run) { run.env["A"] = "2"; }) == Texts{"env.A: 1 → 2"});
  REQUIRE(changed([](Run& run) { run.env.erase("B"); }) == Texts{"env.B is gone, it was 1"});
  REQUIRE(changed([](Run& run) { run.env["AA"] = "3"; }) == Texts{"env.AA is new: 3"});
  REQUIRE(changed([](Run& run) { run.network = true; }) == Texts{"network: off → on"});
  REQUIRE(changed([](Run& run) { run.user = "app"; }) == Texts{"user: root → app"});
  REQUIRE(changed([](Run& run) { run.limits.pids = 5; }) == Texts{"limits: pids=0 → pids=5"});
}

TEST_CASE("what a Dockerfile copies and runs is told by field and by line") {
  Place before;
  FileSource context;
  context.root = "/w";
  context.include = {"src"};
  context.is_context = true;
  before.items.push_back({context, "", false});
  before.to = "/app/";
  auto changed = [&](const std::function<void(Place&)>& change) {
    Place now = before;
    change(now);
    return texts(before, now);
  };
  REQUIRE(changed([](Place& place) { place.to = "/srv/"; }) == Texts{"copy to /srv/: to=/app/ → to=/srv/"});
  REQUIRE(changed([](Place& place) { place.parents = true; }) == Texts{"parents: no → yes"});
  REQUIRE(changed([](Place& place) { place.exclude = {"*.h"}; }).size() == 1);
  Run run = command({"/script"}), other = run;
  run.script = Script{"/script", "#!/bin/sh\none\ntwo\n"};
  other.script = Script{"/script", "#!/bin/sh\none\n2\n"};
  Texts lines = texts(run, other);
  REQUIRE_FALSE(lines.empty());
  for (const std::string& line : lines) REQUIRE(line.find("the script") != std::string::npos);
}

TEST_CASE("a Debian base tells its suite and its packages") {
  Base before;
  before.kind = Base::Kind::debian;
  before.suite = "bookworm";
  before.packages = {"ca-certificates", "python3"};
  Base now = before;
  now.suite = "trixie";
  REQUIRE(texts(before, now) == Texts{"suite: bookworm → trixie"});
  now = before;
  now.packages = {"ca-certificates", "jq", "python3"};
  REQUIRE(texts(before, now) == Texts{"package jq is new"});
}

TEST_CASE("mounts are matched by what they are and where") {
  auto with = [](std::vector<Mount> mounts) {
    Run run = command({"x"});
    run.mounts = std::move(mounts);
    return run;
  };
  Mount a, b;
  a.target = "/a";
  b.target = "/b";
  REQUIRE(texts(with({b}), with({a, b})) == Texts{"cache mount /a is new"});
  Mount locked = b;
  locked.sharing = Sharing::locked;
  REQUIRE(texts(with({a, b}), with({a, locked})) == Texts{"cache mount /b: shared → locked"});
}

TEST_CASE("files are told by path: content, mode, added, gone, renamed, and where links point") {
  Files before{{"src/a.py", file("a")}, {"src/b.py", file("b")}, {"src/c", file("c")}};
  auto with = [&](size_t index, const KeyField& field) {
    Files files = before;
    files[index] = field;
    return texts(copy_of(before), copy_of(files));
  };
  REQUIRE(with(1, {"src/b.py", file("B")}) == Texts{"src/b.py changed"});
  REQUIRE(with(1, {"src/b.py", file("b", 755)}) == Texts{"src/b.py: mode 644 → 755"});
  REQUIRE(with(1, {"src/z.py", file("b")}) == Texts{"src/b.py was renamed to src/z.py"});
  REQUIRE(with(1, {"src/z.py", file("z")}) == Texts{"src/b.py is gone", "src/z.py is new"});
  Files more = before;
  more.push_back({"src/d", "755 directory"});
  more.push_back({"src/d/e", file("e")});
  REQUIRE(texts(copy_of(before), copy_of(more)) == Texts{"src/d/e is new"});
  REQUIRE(texts(copy_of(more), copy_of(before)) == Texts{"src/d/e is gone"});
  REQUIRE(texts(copy_of({{"l", "120000 x"}}, {{"l", "v1"}}), copy_of({{"l", "120000 y"}}, {{"l", "v2"}})) ==
          Texts{"link l: v1 → v2"});
}

TEST_CASE("of files with equal content the one of the same name was renamed") {
  Files before{{"a/one", file("x")}, {"a/two", file("x")}}, now{{"b/two", file("x")}, {"b/one", file("x")}};
  REQUIRE(texts(copy_of(before), copy_of(now)) ==
          Texts{"a/one was renamed to b/one", "a/two was renamed to b/two"});
}

TEST_CASE("requirements are told by package, with the line of their file") {
  Run before = with_requirements("a==1\nb==1\nc==1\n", {at(1), at(2), at(3)});
  REQUIRE(texts(before, with_requirements("a==1\nb==2\nc==1\n", {at(1), at(2), at(3)})) ==
          Texts{"requirements.txt:2: b 1 → 2"});
  REQUIRE(texts(before, with_requirements("a==1\nc==1\n", {at(1), at(2)})) ==
          Texts{"requirements.txt:2: b 1 is gone"});
  REQUIRE(texts(before, with_requirements("a==1\naa>=3\nb==1\nc==1\n", {at(1), at(9), at(2), at(3)})) ==
          Texts{"requirements.txt:9: aa >=3 is new"});
  REQUIRE(texts(before, with_requirements("a==1 --hash=sha256:1\nb==1\nc==1\n", {at(1), at(2), at(3)})) ==
          Texts{"requirements.txt:1: a 1 has other hashes"});
  LineOrigin included{{"base.txt", 4, 1}, {{"requirements.txt", 1, 1}}};
  REQUIRE(texts(before, with_requirements("a==1\nb==1\nc==2\n", {at(1), at(2), included})) ==
          Texts{"base.txt:4: c 1 → 2, via requirements.txt:1"});
}

TEST_CASE("where the lines of a text come from is no part of its key") {
  Run before = with_requirements("a==1\n", {at(1)}), moved = with_requirements("a==1\n", {at(7)});
  REQUIRE(key_of_op(before).digest == key_of_op(moved).digest);
  REQUIRE(Operation(before) == Operation(moved));
}

TEST_CASE("what a step stands on comes last and is named by its field") {
  NodeInputs before, now;
  before.stacks = {some("one")};
  now.stacks = {some("two")};
  std::vector<Change> found =
      differences(key_of_op(command({"a"}), before).fields, key_of_op(command({"b"}), now).fields);
  REQUIRE(found.size() == 2);
  REQUIRE(found[0].subject == Change::Subject::word);
  REQUIRE(found[1].subject == Change::Subject::image);
  REQUIRE(found[1].name == "stands on");
}

TEST_CASE("the platform of a step is told") {
  REQUIRE(texts(key_of_op(command({"a"}), {}, {"linux", "amd64", ""}),
                key_of_op(command({"a"}), {}, {"linux", "arm64", ""})) ==
          Texts{"platform: linux/amd64 → linux/arm64"});
}
