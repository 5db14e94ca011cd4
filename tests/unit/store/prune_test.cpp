#include <fcntl.h>
#include <sys/stat.h>

#include "base/clock.hpp"
#include "store/snapshots.hpp"
#include "unit/store/fixture.hpp"

using namespace tierbuild;
using namespace tierbuild::store;
using test::make_image;
using test::make_image_record;
using test::make_layer;
using test::make_step;
using test::open_store;

namespace {

constexpr int64_t kDay = 24 * 3'600'000;
int64_t days_ago(int64_t days) {
  return Clock::system().now() - days * kDay;
}

bool has(Store& store, const Digest& digest) {
  return std::filesystem::exists(store.root() / "blobs/sha256" / digest.hex());
}
bool has_step(Store& store, const std::string& name) {
  auto steps = store.records().steps();
  REQUIRE_OK(steps);
  return std::any_of(steps->begin(), steps->end(),
                     [&](const StepRecord& s) { return s.key == Digest::of(name); });
}
bool has_snapshot(Store& store, const LayerRecord& layer) {
  return std::filesystem::exists(store.snapshots().root() / Snapshots::name_of(layer.diff_id));
}

PruneResult prune(Store& store, const PruneOptions& options = {}) {
  auto result = store.prune(options);
  REQUIRE_OK(result);
  return *result;
}

PruneOptions all() {
  PruneOptions options;
  options.all = true;
  return options;
}

// Two builds of a target: each a base layer and a top layer.
struct TwoBuilds {
  test::Temp temp;
  std::unique_ptr<Store> store = open_store(temp / "s");
  LayerRecord base = make_layer(*store, {{"base", "1"}});
  LayerRecord old_top = make_layer(*store, {{"top", "old"}});
  LayerRecord new_top = make_layer(*store, {{"top", "new"}});
  image::Descriptor old_image = make_image(*store, {base, old_top});
  image::Descriptor new_image = make_image(*store, {base, new_top});
  TwoBuilds() {
    make_step(*store, "base", "tier:a/base", {base}, days_ago(9));
    make_step(*store, "old", "tier:a/run", {old_top}, days_ago(2));
    make_step(*store, "new", "tier:a/run", {new_top}, days_ago(1));
    make_image_record(*store, "tier:a", new_image, days_ago(1));
    for (const LayerRecord& layer : {base, old_top, new_top})
      REQUIRE_OK(store->snapshots().acquire(layer.diff_id));
  }
};

}  // namespace

TEST_CASE("a prune keeps what the last build of each target refers to") {
  TwoBuilds s;
  Digest orphan = *s.store->blobs().put("orphan");
  PruneResult result = prune(*s.store);
  CHECK(result.blobs == 4);  // old layer, manifest and config, and the orphan
  CHECK(result.snapshots == 1);
  CHECK(result.records == 2);  // the old step and its layer
  CHECK(result.bytes >= 5 * 4096);
  CHECK_FALSE(has(*s.store, orphan));
  CHECK_FALSE(has(*s.store, s.old_top.blob.digest));
  CHECK_FALSE(has(*s.store, s.old_image.digest));
  CHECK_FALSE(has_step(*s.store, "old"));
  CHECK_FALSE(has_snapshot(*s.store, s.old_top));
  CHECK(has(*s.store, s.base.blob.digest));
  CHECK(has(*s.store, s.new_image.digest));
  CHECK(has_step(*s.store, "base"));
  CHECK(has_step(*s.store, "new"));
  CHECK(has_snapshot(*s.store, s.base));
  CHECK(s.store->records().layers()->size() == 2);
  CHECK(s.store->verify(false)->empty());
  CHECK(prune(*s.store).bytes == 0);
}

TEST_CASE("a dry run removes nothing and tells what would go") {
  TwoBuilds s;
  PruneOptions options;
  options.dry_run = true;
  PruneResult planned = prune(*s.store, options);
  CHECK(has(*s.store, s.old_image.digest));
  CHECK(has_step(*s.store, "old"));
  PruneResult real = prune(*s.store);
  CHECK(planned.bytes == real.bytes);
  CHECK(planned.blobs == real.blobs);
  CHECK(planned.snapshots == real.snapshots);
  CHECK(planned.records == real.records);
}

TEST_CASE("steps that no image shows stay if they are the last of their kind") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  LayerRecord tool = make_layer(*store, {{"gcc", "1"}}), older = make_layer(*store, {{"gcc", "0"}});
  make_step(*store, "older", "tier:builder/apt", {older}, days_ago(5));
  make_step(*store, "tool", "tier:builder/apt", {tool}, days_ago(3));
  make_step(*store, "check", "tier:builder/check", {}, days_ago(8));
  Digest config = *store->blobs().put("base config"), manifest = *store->blobs().put("base manifest");
  StepRecord base = make_step(*store, "base", "tier:builder/from", {}, days_ago(7));
  base.config = config;
  base.manifest = manifest;
  REQUIRE_OK(store->records().put(base));
  prune(*store);
  CHECK(has_step(*store, "tool"));
  CHECK(has_step(*store, "check"));
  CHECK_FALSE(has_step(*store, "older"));
  CHECK(has(*store, tool.blob.digest));
  CHECK(has(*store, config));
  CHECK(has(*store, manifest));
  CHECK_FALSE(has(*store, older.blob.digest));
}

TEST_CASE("an older step that the image at hand stands on stays") {
  TwoBuilds s;
  make_step(*s.store, "newest", "tier:a/run", {}, days_ago(0));  // was run elsewhere since
  prune(*s.store);
  CHECK(has_step(*s.store, "new"));
  CHECK(has_step(*s.store, "newest"));
}

TEST_CASE("with `all` only references keep images") {
  TwoBuilds s;
  REQUIRE_OK(s.store->set_ref("kept", s.old_image));
  prune(*s.store, all());
  CHECK(has(*s.store, s.old_image.digest));
  CHECK(has(*s.store, s.base.blob.digest));
  CHECK(has(*s.store, s.old_top.blob.digest));
  CHECK_FALSE(has(*s.store, s.new_image.digest));
  CHECK_FALSE(has_step(*s.store, "new"));
  CHECK(s.store->records().images()->empty());
  CHECK(s.store->snapshots().names()->empty());
  CHECK(s.store->verify(false)->empty());

  REQUIRE_OK(s.store->remove_ref("kept"));
  prune(*s.store, all());
  CHECK(s.store->usage()->blob_count == 0);
  CHECK(s.store->records().steps()->empty());
  CHECK(s.store->records().layers()->empty());
}

TEST_CASE("the name that a build gave to its image goes with the record of the image") {
  TwoBuilds s;
  REQUIRE_OK(s.store->set_ref("a:latest", s.new_image));
  CHECK(prune(*s.store).blobs == 3);
  CHECK(has(*s.store, s.new_image.digest));
  CHECK(s.store->refs()->size() == 1);
  prune(*s.store, all());
  CHECK(s.store->usage()->blob_count == 0);
  CHECK(s.store->refs()->empty());
  CHECK(s.store->verify(false)->empty());
}

TEST_CASE("the index of a target's images stays with the records of all of them") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  LayerRecord layer = make_layer(*store, {{"a", "1"}});
  image::Index index;
  for (const char* name : {"tier:a", "tier:b"}) {
    index.manifests.push_back(make_image(*store, {layer, make_layer(*store, {{"name", name}})}));
    make_image_record(*store, name, index.manifests.back(), days_ago(1));
  }
  std::string text = index.json();
  image::Descriptor whole{image::kOciIndex, *store->blobs().put(text), text.size()};
  REQUIRE_OK(store->set_ref("a:latest", whole));
  prune(*store);
  CHECK(has(*store, whole.digest));
  REQUIRE_OK(store->records().forget_image("tier:b", image::Platform::host()));
  prune(*store);  // one that is no longer built for all of them is held by its name alone
  CHECK(has(*store, whole.digest));
  REQUIRE_OK(store->remove_ref("a:latest"));
  prune(*store, all());
  CHECK(store->usage()->blob_count == 0);
}

TEST_CASE("an image that leaves takes the index that was made of it along") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  image::Index index;
  for (const char* name : {"tier:a", "tier:b"}) {
    index.manifests.push_back(make_image(*store, {make_layer(*store, {{"name", name}})}));
    make_image_record(*store, name, index.manifests.back(), days_ago(1));
  }
  std::string text = index.json();
  REQUIRE_OK(store->set_ref("a:latest", {image::kOciIndex, *store->blobs().put(text), text.size()}));
  prune(*store, all());
  CHECK(store->usage()->blob_count == 0);
  CHECK(store->refs()->empty());
}

TEST_CASE("an index keeps all of its images, and an entry without a name too") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  LayerRecord layer = make_layer(*store, {{"a", "1"}});
  image::Index index;
  for (const char* platform : {"linux/amd64", "linux/arm64"})
    index.manifests.push_back(make_image(*store, {layer}, *image::Platform::parse(platform)));
  std::string text = index.json();
  Digest digest = *store->blobs().put(text);
  image::Index layout;
  layout.manifests.push_back({image::kOciIndex, digest, text.size()});
  std::ofstream(store->root() / "index.json") << layout.json();
  CHECK(prune(*store, all()).blobs == 0);
  for (const image::Descriptor& entry : index.manifests) CHECK(has(*store, entry.digest));
}

TEST_CASE("keeping a number of bytes removes snapshots, then what was used longest ago") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  std::vector<LayerRecord> layers;
  for (int i = 0; i < 3; ++i) {
    std::string noise;
    for (int j = 0; noise.size() < 100'000; ++j) noise += Digest::of(fmt::format("{} {}", i, j)).hex();
    layers.push_back(make_layer(*store, {{"data", noise}}, archive::Compression::none));
    make_step(*store, std::to_string(i), fmt::format("tier:t/{}", i), {layers.back()}, days_ago(10 - i));
    REQUIRE_OK(store->snapshots().acquire(layers.back().diff_id));
  }
  auto keep = [&](uint64_t bytes) {
    PruneOptions options;
    options.keep_bytes = bytes;
    return prune(*store, options);
  };
  CHECK(keep(10'000'000).bytes == 0);
  PruneResult some = keep(450'000);
  CHECK(some.snapshots >= 1);
  CHECK(some.blobs == 0);
  some = keep(250'000);
  CHECK(store->snapshots().names()->empty());
  CHECK(some.blobs == 1);
  CHECK_FALSE(has_step(*store, "0"));
  CHECK(has_step(*store, "1"));
  CHECK(has(*store, layers[2].blob.digest));
  make_image_record(*store, "tier:t", make_image(*store, {layers[2]}), days_ago(20));
  REQUIRE_OK(store->set_ref("name", make_image(*store, {layers[1]})));
  keep(0);
  CHECK(store->records().steps()->empty());
  CHECK(store->records().images()->empty());
  CHECK(has(*store, layers[1].blob.digest));  // index.json leads to it
  CHECK_FALSE(has(*store, layers[2].blob.digest));
}

TEST_CASE("cache mounts go only when they are asked for and nobody else works") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  temp.write("s/cache/abc/wheel", std::string(5000, 'x'));
  temp.write("s/cache/abc.lock", "");
  PruneOptions options;
  options.caches = true;
  auto other = open_store(temp / "s");
  CHECK(prune(*store, options).caches == 0);
  other.reset();
  CHECK(prune(*store).caches == 0);
  PruneResult result = prune(*store, options);
  CHECK(result.caches == 1);
  CHECK(result.bytes >= 5000);
  CHECK(std::filesystem::is_empty(store->caches()));
}

TEST_CASE("databases that were set aside and files that were left half written go too") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  temp.write("s/records.db.damaged-17", "xxxx");
  temp.write("s/.tmp-1-old", "x");
  temp.write("s/.tmp-1-new", "x");
  timespec old[2] = {{1'000'000, 0}, {1'000'000, 0}};
  REQUIRE(::utimensat(AT_FDCWD, (temp / "s/.tmp-1-old").c_str(), old, 0) == 0);
  CHECK(prune(*store).bytes >= 4);
  CHECK_FALSE(std::filesystem::exists(temp / "s/records.db.damaged-17"));
  CHECK_FALSE(std::filesystem::exists(temp / "s/.tmp-1-old"));
  CHECK(std::filesystem::exists(temp / "s/.tmp-1-new"));
}

TEST_CASE("kept evaluations are counted; those that nobody used for long go, with `all` every one") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  REQUIRE_OK(store->usage());
  CHECK(store->usage()->evaluation_count == 0);
  std::filesystem::create_directory(temp / "s/evaluations");
  temp.write("s/evaluations/aa", std::string(5000, 'x'));
  temp.write("s/evaluations/bb", std::string(5000, 'x'));
  timespec old[2] = {{1'000'000, 0}, {1'000'000, 0}};
  REQUIRE(::utimensat(AT_FDCWD, (temp / "s/evaluations/aa").c_str(), old, 0) == 0);
  CHECK(store->usage()->evaluation_count == 2);
  CHECK(store->usage()->evaluations >= 10'000);
  PruneResult result = prune(*store);
  CHECK(result.evaluations == 1);
  CHECK(result.bytes >= 5000);
  CHECK_FALSE(std::filesystem::exists(temp / "s/evaluations/aa"));
  CHECK(std::filesystem::exists(temp / "s/evaluations/bb"));
  CHECK(prune(*store, all()).evaluations == 1);
  CHECK_FALSE(std::filesystem::exists(temp / "s/evaluations/bb"));
}

TEST_CASE("listings are counted with the fingerprints and go as evaluations do") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  for (const char* name : {"aa", "bb"}) temp.write(std::string("s/listings/") + name, std::string(5000, 'x'));
  timespec old[2] = {{1'000'000, 0}, {1'000'000, 0}};
  REQUIRE(::utimensat(AT_FDCWD, (temp / "s/listings/aa").c_str(), old, 0) == 0);
  CHECK(store->usage()->fingerprints >= 10'000);
  PruneResult result = prune(*store);
  CHECK(result.evaluations == 0);
  CHECK(result.bytes >= 5000);
  CHECK_FALSE(std::filesystem::exists(temp / "s/listings/aa"));
  CHECK(std::filesystem::exists(temp / "s/listings/bb"));
  CHECK(prune(*store, all()).bytes >= 5000);
  CHECK_FALSE(std::filesystem::exists(temp / "s/listings/bb"));
}

TEST_CASE("what another process has asked for stays, also with `all`") {
  TwoBuilds s;
  auto other = open_store(s.temp / "s");
  SECTION("a blob that it stored and has not recorded") {
    Digest blob = *other->blobs().put("not yet recorded");
    prune(*s.store, all());
    CHECK(has(*s.store, blob));
  }
  SECTION("a manifest, with all that it leads to") {
    REQUIRE_OK(other->blobs().read(s.old_image.digest));
    prune(*s.store, all());
    for (const Digest& blob : {s.old_image.digest, s.base.blob.digest, s.old_top.blob.digest})
      CHECK(has(*s.store, blob));
    CHECK_FALSE(has(*s.store, s.new_top.blob.digest));
  }
  SECTION("a step, with its layers and their snapshots") {
    REQUIRE_OK(other->records().step(Digest::of("old")));
    prune(*s.store, all());
    CHECK(has_step(*s.store, "old"));
    CHECK(has(*s.store, s.old_top.blob.digest));
    CHECK_FALSE(has_step(*s.store, "new"));
  }
  SECTION("a snapshot") {
    REQUIRE_OK(other->snapshots().acquire(s.old_top.diff_id));
    prune(*s.store, all());
    CHECK(has_snapshot(*s.store, s.old_top));
    CHECK_FALSE(has_snapshot(*s.store, s.new_top));
  }
  SECTION("an image") {
    REQUIRE_OK(other->records().image("tier:a", *s.new_image.platform));
    prune(*s.store, all());
    CHECK(s.store->records().images()->size() == 1);
    CHECK(has(*s.store, s.new_image.digest));
  }
  SECTION("a layer") {
    REQUIRE_OK(other->records().layer(s.old_top.diff_id));
    PruneOptions options;
    options.keep_bytes = 0;
    prune(*s.store, options);
    CHECK(has(*s.store, s.old_top.blob.digest));
    CHECK(s.store->records().layers()->size() == 1);
  }
  other.reset();
  prune(*s.store, all());
  CHECK(s.store->usage()->blob_count == 0);
}

TEST_CASE("builders and a prune loop: nothing that was found or stored is missing") {
  test::Temp temp;
  open_store(temp / "s");
  // Each builder looks a step up, or makes it with its layer; then all it knows of must be there.
  auto build = [&](int worker) {
    auto store = Store::open(temp / "s");
    if (!store) return 1;
    for (int round = 0; round < 200; ++round) {
      const std::string name = std::to_string((round * 7 + worker) % 5);
      auto step = (*store)->records().step(Digest::of(name));
      if (!step) return 2;
      if (!*step) {
        StepRecord made;
        made.key = Digest::of(name);
        made.target = "t";
        auto blob = (*store)->blobs().put("layer " + name);
        if (!blob) return 3;
        made.layers = {*blob};
        if (!(*store)->records().put(LayerRecord{*blob, {"t", *blob, 7}, 0})) return 4;
        if (!(*store)->records().put(made)) return 5;
        *step = made;
      }
      for (const Digest& layer : (*step)->layers) {
        auto records = (*store)->records().layer(layer);
        if (!records || records->empty()) return 6;
        if (!(*store)->blobs().open(records->at(0).blob.digest)) return 7;
      }
    }
    return 0;
  };
  std::vector<pid_t> processes;
  for (int worker = 0; worker < 4; ++worker)
    processes.push_back(test::start_process([&] { return build(worker); }));
  pid_t pruner = test::start_process([&] {
    while (!std::filesystem::exists(temp / "done")) {
      auto store = Store::open(temp / "s");
      PruneOptions options;
      options.all = true;
      if (!store || !(*store)->prune(options)) return 1;
    }
    return 0;
  });
  for (pid_t process : processes) CHECK(test::exit_code(process) == 0);
  temp.write("done", "");
  CHECK(test::exit_code(pruner) == 0);
  auto store = open_store(temp / "s");
  CHECK(store->verify(false)->empty());
}
