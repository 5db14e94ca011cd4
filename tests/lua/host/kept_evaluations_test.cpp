#include <unistd.h>

#include <fstream>
#include <functional>

#include "bindings/evaluation_cache.hpp"
#include "bindings/schema.hpp"
#include "fs/settled.hpp"
#include "lua/host/workspace.hpp"
#include "project/serialise.hpp"

using namespace tierbuild;
using namespace tierbuild::test;
namespace stdfs = std::filesystem;

namespace {

constexpr const char* kBuildfile = R"(
local rules = require 'build.rules'
include 'services/*/Buildfile.lua'
local base = tier 'base' { from = image.from('x:1'):run { 'true' }:env { A = '1' } }
for _, name in ipairs(glob 'plain/*.txt') do rules.service(name:match '([^/]*)%.txt') { on = base } end
local data, extra = json.read 'data.json', exists 'extra.lua'
service 'data' { from = base, env = { LEVEL = arg 'level' { 'info' }, N = data.n, EXTRA = tostring(extra) },
  steps = { run { 'cat', (read 'words'):match '%w+' } }, copy = { { 'words', to = '/w' }, { 'plain', to = '/p' } } }
task 'hello' { run = function(ctx) ctx.say 'hello' end }
)";

constexpr const char* kRules = R"(
return { service = rule 'plain' { params = { on = t.tier }, function(p) return { from = p.on } end } }
)";

/// A workspace, and a cache beside it.
class Kept {
 public:
  bindings::EvaluateOptions options;

  Kept() {
    write("Buildfile.lua", kBuildfile);
    write("build/rules.lua", kRules);
    write("services/a/Buildfile.lua", "service 'a' { from = 'base' }");
    write("plain/one.txt", "");
    write("data.json", R"({"n": "5"})");
    write("words", "some words");
    options.file = temp_ / "w/Buildfile.lua";
    options.platform = {"linux", "amd64", ""};
  }

  stdfs::path operator/(const std::string& name) const { return temp_ / ("w/" + name); }
  void write(const std::string& name, std::string_view text) { temp_.write("w/" + name, text); }
  stdfs::path directory() const { return temp_ / "kept"; }

  std::unique_ptr<bindings::Evaluation> evaluate() {
    auto result = bindings::evaluate(options);
    if (auto* failure = std::get_if<1>(&result)) FAIL(failure->errors[0].message());
    return std::move(std::get<0>(result));
  }
  void keep() { REQUIRE_OK(cache().keep(options, *evaluate())); }
  std::unique_ptr<bindings::Evaluation> find(const std::string& program = "program") {
    return cache(program).find(options);
  }

  /// Nothing is found, or just what another evaluation gives.
  bool is_found() {
    auto found = find();
    if (found == nullptr) return false;
    REQUIRE(project::serialise(found->project()) == project::serialise(evaluate()->project()));
    return true;
  }

  bindings::EvaluationCache cache(const std::string& program = "program") const {
    return {directory(), program};
  }

 private:
  Temp temp_;
};

// Until an equal stat proves that a file is the same.
void settle() {
  ::usleep(50'000);
}

struct Change {
  const char* what;
  bool same;  // whether the evaluation stays what it was
  std::function<void(Kept&)> make;
};

const std::vector<Change>& changes() {
  static const std::vector<Change> all{
      {"nothing", true, [](Kept&) {}},
      {"the Buildfile is edited", false,
       [](Kept& w) { w.write("Buildfile.lua", std::string(kBuildfile) + " "); }},
      {"an included file is edited", false,
       [](Kept& w) { w.write("services/a/Buildfile.lua", "service 'b' { from = 'base' }"); }},
      {"a module is edited", false, [](Kept& w) { w.write("build/rules.lua", std::string(kRules) + "--"); }},
      {"JSON is edited, its size stays", false, [](Kept& w) { w.write("data.json", R"({"n": "6"})"); }},
      {"a text is edited", false, [](Kept& w) { w.write("words", "other words"); }},
      {"a file is written again with what it held", true, [](Kept& w) { w.write("words", "some words"); }},
      {"a file is replaced by an equal one", true,
       [](Kept& w) {
         w.write("new", "some words");
         stdfs::rename(w / "new", w / "words");
       }},
      {"a file is touched", true,
       [](Kept& w) { stdfs::last_write_time(w / "Buildfile.lua", stdfs::file_time_type::clock::now()); }},
      {"a read file is gone", false, [](Kept& w) { stdfs::remove(w / "data.json"); }},
      {"a module is gone", false, [](Kept& w) { stdfs::remove(w / "build/rules.lua"); }},
      {"a new file matches an include", false,
       [](Kept& w) { w.write("services/b/Buildfile.lua", "service 'b' { from = 'base' }"); }},
      {"a new file matches a glob", false, [](Kept& w) { w.write("plain/two.txt", ""); }},
      {"a matching file is gone", false, [](Kept& w) { stdfs::remove(w / "plain/one.txt"); }},
      {"a matching file has another name", false,
       [](Kept& w) { stdfs::rename(w / "plain/one.txt", w / "plain/1.txt"); }},
      {"a matching file has other content", true, [](Kept& w) { w.write("plain/one.txt", "content"); }},
      {"a new file matches nothing", true, [](Kept& w) { w.write("plain/two.md", ""); }},
      {"a new directory without a Buildfile", true,
       [](Kept& w) { stdfs::create_directory(w / "services/empty"); }},
      {"a new file elsewhere", true, [](Kept& w) { w.write("elsewhere/file", ""); }},
      {"what did not exist exists", false, [](Kept& w) { w.write("extra.lua", ""); }},
      {"a symlink to nothing does not exist", true,
       [](Kept& w) { stdfs::create_symlink("nowhere", w / "extra.lua"); }},
      {"a file became a symlink to other content", false,
       [](Kept& w) {
         w.write("others", "other words");
         stdfs::remove(w / "words");
         stdfs::create_symlink("others", w / "words");
       }},
      {"a source to copy is gone", false,
       [](Kept& w) {
         w.write("words2", "some words");
         stdfs::remove(w / "words");
       }},
      {"a globbed directory to copy is replaced by an equal one", true,
       [](Kept& w) {
         stdfs::rename(w / "plain", w / "before");
         w.write("plain/one.txt", "");
       }},
      {"a globbed directory to copy is gone", false, [](Kept& w) { stdfs::remove_all(w / "plain"); }},
      {"a globbed directory to copy became a symlink to it", false,
       [](Kept& w) {
         stdfs::rename(w / "plain", w / "before");
         stdfs::create_directory_symlink("before", w / "plain");
       }},
      {"another argument", false, [](Kept& w) { w.options.args["level"] = "debug"; }},
      {"another platform", false, [](Kept& w) { w.options.platform.architecture = "arm64"; }},
      {"the same file by another name", true, [](Kept& w) { w.options.file = w / "plain/../Buildfile.lua"; }},
      {"another bound on instructions", true, [](Kept& w) { w.options.instructions /= 2; }},
  };
  return all;
}

}  // namespace

TEST_CASE("an evaluation is found exactly while it would see the same") {
  for (bool settled : {false, true})
    for (const Change& change : changes()) {
      INFO(change.what << (settled ? ", after a while" : ", at once"));
      Kept workspace;
      if (settled) settle();
      workspace.keep();
      REQUIRE(workspace.is_found());
      change.make(workspace);
      CHECK(workspace.is_found() == change.same);
      CHECK(workspace.is_found() == change.same);  // and what was renewed serves again
    }
}

TEST_CASE("nothing is found after an error, and what was there before comes back") {
  Kept workspace;
  workspace.keep();
  workspace.write("words", "");
  workspace.write("Buildfile.lua", "error 'no'");
  CHECK(workspace.find() == nullptr);
  workspace.write("Buildfile.lua", kBuildfile);
  workspace.write("words", "some words");
  CHECK(workspace.is_found());
}

TEST_CASE("another program and an unknown one find nothing") {
  Kept workspace;
  workspace.keep();
  CHECK(workspace.find("another") == nullptr);
  CHECK(workspace.find("") == nullptr);
}

TEST_CASE("an explanation is always made anew") {
  Kept workspace;
  workspace.keep();
  workspace.options.trace = bindings::Trace::fields;
  CHECK(workspace.find() == nullptr);
}

TEST_CASE("what is kept can be evaluated when Lua is needed") {
  struct Context final : bindings::TaskContext {
    std::string said;
    Result<int> run(const std::vector<std::string>&) override { return 0; }
    std::string arg(const std::string&) const override { return {}; }
    void say(const std::string& line) override { said = line; }
  } context;
  Kept workspace;
  workspace.keep();
  auto found = workspace.find();
  REQUIRE(found != nullptr);
  REQUIRE_OK(found->call_task("hello", context));
  CHECK(context.said == "hello");
  CHECK(found->rules().size() == 1);
}

TEST_CASE("shared images and steps are shared again") {
  Kept workspace;
  workspace.write(
      "Buildfile.lua",
      "local i = image.from('x:1'):run { 'true' }\nservice 'a' { from = i }\nservice 'b' { from = i }\n");
  workspace.keep();
  auto found = workspace.find();
  REQUIRE(found != nullptr);
  const auto& targets = found->project().targets;
  CHECK(targets[0].from == targets[1].from);
}

TEST_CASE("an image of as many steps as the language allows is kept") {
  Kept workspace;
  workspace.write("Buildfile.lua", R"(
    local i = image.scratch()
    for n = 1, 499 do i = i:env { A = tostring(n) } end
    service 'a' { from = i })");
  workspace.keep();
  auto found = workspace.find();
  REQUIRE(found != nullptr);
  REQUIRE(project::serialise(found->project()) == project::serialise(workspace.evaluate()->project()));
  CHECK(found->project().targets[0].from->depth == workspace.evaluate()->project().targets[0].from->depth);
}

TEST_CASE("a file that is not what was written is as if it were not there") {
  Kept workspace;
  workspace.keep();
  stdfs::path file = stdfs::directory_iterator(workspace.directory())->path();
  std::string good;
  {
    std::ifstream in(file, std::ios::binary);
    good.assign(std::istreambuf_iterator<char>(in), {});
  }
  auto with = [&](const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    return workspace.find() != nullptr;
  };
  CHECK(with(good));
  CHECK_FALSE(with(""));
  CHECK_FALSE(with("tierbuild evaluation 1\n"));
  CHECK_FALSE(with(good.substr(0, good.size() / 2)));
  CHECK_FALSE(with(good + "x"));
  for (size_t at = 0; at < good.size(); at += 97) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    CHECK_FALSE(with(bad));
  }
}

TEST_CASE("any bytes are read as a project without harm") {
  Kept workspace;
  auto bytes = project::serialise(workspace.evaluate()->project());
  REQUIRE(project::deserialise(bytes));
  for (size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(project::deserialise(bytes.substr(0, size)));
  uint32_t random = 1;
  for (int round = 0; round < 20'000; ++round) {
    std::string bad = bytes;
    for (int i = 0; i < 3; ++i) {
      random = random * 1664525 + 1013904223;
      bad[(random >> 8) % bad.size()] = static_cast<char>(random >> 24);
    }
    auto project = project::deserialise(bad);  // a text may well have other letters
    if (project) project::serialise(*project);
  }
}

TEST_CASE("old evaluations are dropped when there are many") {
  Kept workspace;
  workspace.write("Buildfile.lua", "arg 'n' { 0 }");
  for (int n = 0; n < 70; ++n) {
    workspace.options.args["n"] = std::to_string(n);
    workspace.keep();
  }
  auto files = std::distance(stdfs::directory_iterator(workspace.directory()), stdfs::directory_iterator());
  CHECK(files == 64);
  CHECK(workspace.find() != nullptr);
}
