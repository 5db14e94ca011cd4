#include "store/snapshots.hpp"

#include <sys/stat.h>

#include <future>

#include "unit/store/fixture.hpp"

using namespace tierbuild;
using namespace tierbuild::store;
using test::make_layer;
using test::open_store;

namespace {

std::filesystem::path marker(Store& store, const Digest& diff_id) {
  return store.snapshots().root() / (Snapshots::name_of(diff_id) + ".complete");
}

}  // namespace

TEST_CASE("a layer is unpacked once, under a short name") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  LayerRecord layer = make_layer(*store, {{"etc/", ""}, {"etc/motd", "hello"}, {"etc/.wh.gone", ""}});
  CHECK_FALSE(store->snapshots().has(layer.diff_id));
  auto path = store->snapshots().acquire(layer.diff_id);
  REQUIRE_OK(path);
  CHECK(path->filename() == layer.diff_id.hex().substr(0, 16));
  CHECK(test::slurp(*path / "etc/motd") == "hello");
  struct stat gone {};
  REQUIRE(::lstat((*path / "etc/gone").c_str(), &gone) == 0);
  CHECK(S_ISCHR(gone.st_mode));
  struct stat root {};
  REQUIRE(::lstat(path->c_str(), &root) == 0);
  CHECK((root.st_mode & 07777) == 0755);

  std::ofstream(*path / "mark") << "x";
  CHECK(*store->snapshots().acquire(layer.diff_id) == *path);
  CHECK(std::filesystem::exists(*path / "mark"));
  CHECK(store->snapshots().has(layer.diff_id));
  CHECK(*store->snapshots().names() == std::vector<std::string>{path->filename()});
  CHECK(std::filesystem::is_empty(store->tmp()));
}

TEST_CASE("a layer that no blob holds, or not as it should, has no snapshot") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  REQUIRE_CODE(store->snapshots().acquire(Digest::of("unknown")), Code::not_found);

  LayerRecord lost = make_layer(*store, {{"a", "1"}});
  REQUIRE_OK(store->blobs().remove(lost.blob.digest));
  REQUIRE_CODE(store->snapshots().acquire(lost.diff_id), Code::not_found);

  LayerRecord lie = make_layer(*store, {{"a", "2"}});
  lie.diff_id = Digest::of("another layer");
  REQUIRE_OK(store->records().put(lie));
  REQUIRE_CODE(store->snapshots().acquire(lie.diff_id), Code::corrupt);
  CHECK(store->snapshots().names()->empty());
  CHECK(std::filesystem::is_empty(store->tmp()));
}

TEST_CASE("another blob of a layer serves when one is gone") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  LayerRecord gzip = make_layer(*store, {{"a", "1"}}, archive::Compression::gzip);
  LayerRecord zstd = make_layer(*store, {{"a", "1"}}, archive::Compression::zstd);
  REQUIRE(gzip.diff_id == zstd.diff_id);
  REQUIRE_OK(store->blobs().remove(gzip.blob.digest));
  REQUIRE_OK(store->snapshots().acquire(gzip.diff_id));
}

TEST_CASE("an upper directory becomes the snapshot of its layer") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  const Digest diff_id = Digest::of("layer");
  auto upper = [&](const char* name, const char* content) {
    std::filesystem::create_directories(store->tmp() / name);
    std::ofstream(store->tmp() / name / "file") << content;
    return store->tmp() / name;
  };
  REQUIRE_OK(store->snapshots().adopt(diff_id, upper("one", "1")));
  REQUIRE_OK(store->snapshots().adopt(diff_id, upper("two", "2")));
  auto path = store->snapshots().acquire(diff_id);
  REQUIRE_OK(path);
  CHECK(test::slurp(*path / "file") == "1");
  CHECK(std::filesystem::is_empty(store->tmp()));
  REQUIRE_OK(store->snapshots().remove(diff_id));
  REQUIRE_OK(store->snapshots().remove(diff_id));
  CHECK_FALSE(store->snapshots().has(diff_id));
  CHECK(std::filesystem::is_empty(store->snapshots().root()));
}

TEST_CASE("what is not known to be whole is made anew") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  LayerRecord layer = make_layer(*store, {{"a", "1"}});
  auto path = store->snapshots().acquire(layer.diff_id);
  REQUIRE_OK(path);
  std::ofstream(*path / "a") << "lost in a power failure";
  SECTION("no marker: a process died") {
    std::filesystem::remove(marker(*store, layer.diff_id));
  }
  SECTION("an older boot: the files were never flushed") {
    std::ofstream(marker(*store, layer.diff_id))
        << layer.diff_id.str() << " 00000000-0000-0000-0000-000000000000\n";
  }
  SECTION("an empty marker") {
    std::ofstream(marker(*store, layer.diff_id)) << "";
  }
  CHECK_FALSE(store->snapshots().has(layer.diff_id));
  REQUIRE_OK(store->snapshots().acquire(layer.diff_id));
  CHECK(test::slurp(*path / "a") == "1");
}

TEST_CASE("two layers whose names collide are not mixed up") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  LayerRecord layer = make_layer(*store, {{"a", "1"}});
  Digest::Bytes bytes = layer.diff_id.bytes();
  bytes[31] ^= 1;
  const Digest twin(bytes);
  std::filesystem::create_directories(store->tmp() / "upper");
  REQUIRE_OK(store->snapshots().adopt(twin, store->tmp() / "upper"));
  REQUIRE_CODE(store->snapshots().acquire(layer.diff_id), Code::corrupt);
  REQUIRE_OK(store->snapshots().acquire(twin));
}

TEST_CASE("threads and stores that want one layer unpack it once") {
  test::Temp temp;
  auto one = open_store(temp / "s"), two = open_store(temp / "s");
  LayerRecord layer = make_layer(*one, {{"a", std::string(1 << 20, 'x')}});
  std::vector<std::future<std::string>> paths;
  for (int i = 0; i < 8; ++i)
    paths.push_back(std::async(std::launch::async, [&, i] {
      auto path = (i % 2 == 0 ? one : two)->snapshots().acquire(layer.diff_id);
      struct stat status {};
      return path && ::stat((*path / "a").c_str(), &status) == 0 ? std::to_string(status.st_ino) : "failed";
    }));
  std::set<std::string> inodes;
  for (auto& path : paths) inodes.insert(path.get());
  CHECK(inodes.size() == 1);
  CHECK_FALSE(inodes.contains("failed"));
}

TEST_CASE("waiting for another process's unpacking can be stopped") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  LayerRecord layer = make_layer(*store, {{"a", "1"}});
  auto lock = FileLock::acquire(store->snapshots().root() / (Snapshots::name_of(layer.diff_id) + ".lock"),
                                FileLock::Mode::exclusive);
  REQUIRE_OK(lock);
  std::stop_source stop;
  auto waiting = std::async(std::launch::async, [&] {
    auto path = store->snapshots().acquire(layer.diff_id, stop.get_token());
    return path ? Code::internal : path.error().code();
  });
  stop.request_stop();
  CHECK(waiting.get() == Code::cancelled);
}
