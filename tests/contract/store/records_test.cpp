// What Records do, in memory and on disk; on disk also after they were closed and opened again.
#include "store/records.hpp"

#include <atomic>
#include <thread>

#include "support/catch.hpp"
#include "support/temp.hpp"

using namespace tierbuild;
using namespace tierbuild::store;

namespace {

struct Disk {
  test::Temp temp;
  std::unique_ptr<Records> records;
  Disk() { reopen(); }
  void reopen() {
    records.reset();
    auto opened = open_records(temp / "records.db");
    REQUIRE_OK(opened);
    records = std::move(*opened);
  }
};
struct Memory {
  std::unique_ptr<Records> records;
  Memory() {
    auto opened = memory_records();
    REQUIRE_OK(opened);
    records = std::move(*opened);
  }
  void reopen() {}
};

StepRecord step(const std::string& name, const std::string& target) {
  StepRecord record;
  record.key = Digest::of(name);
  record.target = target;
  record.inputs = {{"kind", "run"}, {"argv[0]", "make"}, {"root", Digest::of("root").str()}};
  record.layers = {Digest::of(name + " layer"), Digest::of("second")};
  record.config = Digest::of("config");
  record.manifest = Digest::of("manifest");
  record.duration_ms = 12;
  record.created_ms = 1'700'000'000'000;
  record.used_ms = 1'700'000'000'001;
  return record;
}

StepRecord without_inputs(StepRecord record) {
  record.inputs.clear();
  return record;
}

LayerRecord layer(const std::string& name, const std::string& blob) {
  return {Digest::of(name),
          {image::kOciLayerGzip, Digest::of(blob), 123, std::nullopt, {{"a", "1"}, {"b", "\"2\""}}},
          456};
}

ImageRecord image_record(const std::string& target, image::Platform platform) {
  ImageRecord record;
  record.target = target;
  record.platform = std::move(platform);
  record.key = Digest::of("key");
  record.manifest = {image::kOciManifest, Digest::of("m"), 7, record.platform, {{"x", "y"}}};
  record.size = 1ull << 40;
  record.layers = 3;
  record.tags = {"a:1", "b,c\n:2"};
  record.created_ms = 5;
  record.used_ms = 6;
  return record;
}

}  // namespace

TEMPLATE_TEST_CASE("a step is found by its key and, the last one, by its target", "", Disk, Memory) {
  TestType store;
  CHECK_FALSE(store.records->step(Digest::of("one"))->has_value());
  CHECK_FALSE(store.records->last_step("tier:a/apt")->has_value());
  StepRecord one = step("one", "tier:a/apt"), two = step("two", "tier:a/apt"),
             other = step("three", "tier:b/apt");
  for (const StepRecord& record : {one, two, other}) REQUIRE_OK(store.records->put(record));
  store.reopen();
  CHECK(**store.records->step(one.key) == without_inputs(one));
  CHECK(**store.records->last_step("tier:a/apt") == two);
  REQUIRE_OK(store.records->put(one));
  CHECK(**store.records->last_step("tier:a/apt") == one);
  CHECK(store.records->steps()->size() == 3);
  REQUIRE_OK(store.records->forget_step(one.key));
  REQUIRE_OK(store.records->forget_step(one.key));
  CHECK_FALSE(store.records->step(one.key)->has_value());
  CHECK(**store.records->last_step("tier:a/apt") == two);
  CHECK(*store.records->steps() == std::vector<StepRecord>{without_inputs(two), without_inputs(other)});
}

TEMPLATE_TEST_CASE("a step that changed nothing has no layers and no blobs", "", Disk, Memory) {
  TestType store;
  StepRecord record;
  record.key = Digest::of("k");
  record.target = "";
  record.used_ms = 1;
  REQUIRE_OK(store.records->put(record));
  CHECK(**store.records->step(record.key) == record);
  CHECK(store.records->last_step("")->value().inputs.empty());
}

TEMPLATE_TEST_CASE("inputs of any bytes and number come back", "", Disk, Memory) {
  TestType store;
  StepRecord record = step("many", "t");
  record.inputs = {{"", ""}, {std::string("\0\xff", 2), std::string(300, '\0')}, {"sha256:", "sha256:abc"}};
  for (int i = 0; i < 2000; ++i)
    record.inputs.push_back(
        {fmt::format("files[{}].src/module_{}.py", i, i), Digest::of(std::to_string(i)).str()});
  REQUIRE_OK(store.records->put(record));
  CHECK(store.records->last_step("t")->value().inputs == record.inputs);
}

TEMPLATE_TEST_CASE("a layer has one record for each of its blobs", "", Disk, Memory) {
  TestType store;
  LayerRecord gzip = layer("l", "gzip"), zstd = layer("l", "zstd"), other = layer("other", "gzip");
  zstd.blob.annotations.clear();
  for (const LayerRecord& record : {gzip, zstd, other, gzip}) REQUIRE_OK(store.records->put(record));
  store.reopen();
  auto found = store.records->layer(Digest::of("l"));
  REQUIRE_OK(found);
  REQUIRE(found->size() == 2);
  CHECK(std::count(found->begin(), found->end(), gzip) == 1);
  CHECK(std::count(found->begin(), found->end(), zstd) == 1);
  CHECK(store.records->layers()->size() == 3);
  REQUIRE_OK(store.records->forget_blob(Digest::of("gzip")));
  CHECK(*store.records->layers() == std::vector<LayerRecord>{zstd});
  CHECK(store.records->layer(Digest::of("other"))->empty());
}

TEMPLATE_TEST_CASE("an image is kept for each target and platform", "", Disk, Memory) {
  TestType store;
  ImageRecord amd64 = image_record("tier:a", {"linux", "amd64", ""});
  ImageRecord arm = image_record("tier:a", {"linux", "arm", "v7"});
  CHECK_FALSE(store.records->image("tier:a", amd64.platform)->has_value());
  REQUIRE_OK(store.records->put(arm));
  REQUIRE_OK(store.records->put(amd64));
  store.reopen();
  CHECK(**store.records->image("tier:a", amd64.platform) == amd64);
  CHECK_FALSE(store.records->image("tier:a", {"linux", "arm", "v6"})->has_value());
  amd64.tags.clear();
  REQUIRE_OK(store.records->put(amd64));
  CHECK(*store.records->images() == std::vector<ImageRecord>{amd64, arm});
  REQUIRE_OK(store.records->forget_image("tier:a", amd64.platform));
  CHECK(*store.records->images() == std::vector<ImageRecord>{arm});
}

TEMPLATE_TEST_CASE("an image remembers what it was made of", "", Disk, Memory) {
  TestType store;
  ImageRecord record = image_record("tier:a", {"linux", "amd64", ""});
  record.made_of = Digest::of("keys");
  record.inputs = {{"layers", Digest::of("chain").str()}, {"env.A", "1"}};
  record.steps = {{"tier:a/run", Digest::of("key").str()}, {"", Digest::of("shape").str()}};
  CHECK_FALSE(store.records->last_image("tier:a", record.platform)->has_value());
  REQUIRE_OK(store.records->put(record));
  store.reopen();
  CHECK(**store.records->last_image("tier:a", record.platform) == record);
  auto plain = store.records->image("tier:a", record.platform);
  CHECK((*plain)->inputs.empty());
  CHECK((*plain)->made_of == record.made_of);
}

TEMPLATE_TEST_CASE("the durations of a step are those of its label, newest first", "", Disk, Memory) {
  TestType store;
  for (int i = 1; i <= 7; ++i) {
    StepRecord record = step(std::to_string(i), "tier:a/apt");
    record.duration_ms = i;
    REQUIRE_OK(store.records->put(record));
  }
  CHECK(*store.records->durations("tier:a/apt") == std::vector<int64_t>{7, 6, 5, 4, 3});
  CHECK(store.records->durations("tier:b/apt")->empty());
  CHECK(**store.records->step_inputs(Digest::of("3")) == *std::make_optional([&] {
    StepRecord record = step("3", "tier:a/apt");
    record.duration_ms = 3;
    return record;
  }()));
  CHECK_FALSE(store.records->step_inputs(Digest::of("none"))->has_value());
}

TEMPLATE_TEST_CASE("the reasons of a build are kept with it", "", Disk, Memory) {
  TestType store;
  auto build = [](const std::string& name) {
    BuildRecord record{0, 1, 2, "", "done", 1, 0, 0, {}};
    record.causes = {{0, name, "linux/amd64", "ran", 5, "[]"},
                     {0, "tier:all", "linux/amd64", "made", 0, "[1]"}};
    return record;
  };
  REQUIRE_OK(store.records->put(build("tier:a/run")));
  REQUIRE_OK(store.records->put(build("tier:b/run")));
  store.reopen();
  CHECK(*store.records->last_cause("tier:a/run", "linux/amd64") == 1);
  CHECK(*store.records->last_cause("tier:all", "linux/amd64") == 2);
  CHECK(*store.records->last_cause("tier:all", "linux/arm64") == 0);
  auto causes = store.records->causes(1);
  REQUIRE_OK(causes);
  REQUIRE(causes->size() == 2);
  CHECK(causes->at(0) == CauseRecord{1, "tier:a/run", "linux/amd64", "ran", 5, "[]"});
  CHECK(store.records->causes(3)->empty());
  CHECK(store.records->builds(1)->at(0).causes.empty());
}

TEMPLATE_TEST_CASE("values are kept by space and name", "", Disk, Memory) {
  TestType store;
  const std::string bytes("a\0\xff", 3);
  REQUIRE_OK(store.records->put_value("base", "python", "1"));
  REQUIRE_OK(store.records->put_value("base", "python", bytes));
  REQUIRE_OK(store.records->put_value("other", "python", ""));
  store.reopen();
  CHECK(**store.records->value("base", "python") == bytes);
  CHECK(**store.records->value("other", "python") == "");
  CHECK_FALSE(store.records->value("base", "ruby")->has_value());
}

TEMPLATE_TEST_CASE("builds are listed newest first", "", Disk, Memory) {
  TestType store;
  for (int i = 1; i <= 5; ++i)
    REQUIRE_OK(store.records->put(BuildRecord{0, i, 10 * i, "build", "done", 1, 2, 3, {}}));
  store.reopen();
  auto builds = store.records->builds(2);
  REQUIRE_OK(builds);
  CHECK(*builds == std::vector<BuildRecord>{{5, 5, 50, "build", "done", 1, 2, 3, {}},
                                            {4, 4, 40, "build", "done", 1, 2, 3, {}}});
  REQUIRE_OK(store.records->put(BuildRecord{5, 5, 51, "build", "failed", 0, 0, 1, {}}));
  CHECK(store.records->builds(1)->at(0).outcome == "failed");
  CHECK(store.records->builds(100)->size() == 5);
}

TEMPLATE_TEST_CASE("a batch is all or nothing", "", Disk, Memory) {
  TestType store;
  {
    auto batch = store.records->batch();
    REQUIRE_OK(batch);
    REQUIRE_OK(store.records->put(step("dropped", "t")));
    CHECK(store.records->step(Digest::of("dropped"))->has_value());
    REQUIRE_CODE(store.records->batch(), Code::internal);
  }
  CHECK_FALSE(store.records->step(Digest::of("dropped"))->has_value());
  {
    auto batch = store.records->batch();
    REQUIRE_OK(batch);
    REQUIRE_OK(store.records->put(step("kept", "t")));
    REQUIRE_OK((*batch)->commit());
  }
  store.reopen();
  CHECK(store.records->step(Digest::of("kept"))->has_value());
  REQUIRE_OK(store.records->check());
}

TEMPLATE_TEST_CASE("lookups share a batch, and what comes after it may write", "", Disk, Memory) {
  TestType store;
  REQUIRE_OK(store.records->put(step("a", "t")));
  {
    auto batch = store.records->batch(Records::Access::read);
    REQUIRE_OK(batch);
    CHECK(store.records->step(Digest::of("a"))->has_value());
    REQUIRE_CODE(store.records->batch(), Code::internal);
  }
  REQUIRE_OK(store.records->put(step("b", "t")));
  CHECK(store.records->step(Digest::of("b"))->has_value());
}

TEMPLATE_TEST_CASE("threads wait for a batch of another one", "", Disk, Memory) {
  TestType store;
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        auto batch = store.records->batch();
        std::string name = fmt::format("{}-{}", t, i);
        if (!batch || !store.records->put(step(name, "t")) ||
            !store.records->step(Digest::of(name))->has_value() || !(*batch)->commit())
          ++wrong;
      }
    });
  threads.clear();
  CHECK(wrong == 0);
  CHECK(store.records->steps()->size() == 100);
}
