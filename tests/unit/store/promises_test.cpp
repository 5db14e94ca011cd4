#include "fixture.hpp"
#include "fs/file.hpp"

namespace tierbuild::test {
namespace {

using store::Promise;

/// A store elsewhere that blobs are brought from.
struct Elsewhere {
  Temp temp;
  std::unique_ptr<Store> store = open_store(temp / "elsewhere");
  unsigned asked = 0;

  store::Bring bring() {
    return [this](const Digest& blob, const Promise& promise, int fd) -> Status {
      ++asked;
      if (promise.from != "registry/cache") return Error(Code::network, "no such place");
      TB_LET(std::string bytes, store->blobs().read(blob));
      return fs::write_all(fd, bytes);
    };
  }
};

Promise promise_for(const store::LayerRecord& layer, std::string from = "registry/cache") {
  return {std::move(from), layer.blob.size, layer.diff_id};
}

}  // namespace

TEST_CASE("a promised blob comes when it is opened, once") {
  Elsewhere other;
  Temp temp;
  auto store = open_store(temp / "store");
  const store::LayerRecord layer = make_layer(*other.store, {{"a", "text"}});
  REQUIRE_OK(store->promise(layer.blob.digest, promise_for(layer)));
  CHECK_FALSE(store->holds(layer.blob.digest));  // nobody brings it
  store->set_bring(other.bring());
  CHECK(store->holds(layer.blob.digest));
  CHECK_FALSE(store->blobs().has(layer.blob.digest));
  CHECK(store->promised(layer.blob.digest)->from == "registry/cache");

  REQUIRE_OK(store->blobs().open(layer.blob.digest));
  REQUIRE_OK(store->blobs().read(layer.blob.digest));
  CHECK(other.asked == 1);
  CHECK(store->blobs().has(layer.blob.digest));
  CHECK_FALSE(store->promised(layer.blob.digest));
  REQUIRE_CODE(store->blobs().open(Digest::of("never promised")), Code::not_found);
}

TEST_CASE("a snapshot of a promised layer unpacks what was brought") {
  Elsewhere other;
  Temp temp;
  auto store = open_store(temp / "store");
  store->set_bring(other.bring());
  const store::LayerRecord layer = make_layer(*other.store, {{"a", "text"}});
  REQUIRE_OK(store->promise(layer.blob.digest, promise_for(layer)));
  REQUIRE_OK(store->records().put(layer));
  auto directory = store->snapshots().acquire(layer.diff_id);
  REQUIRE_OK(directory);
  CHECK(*fs::read_file(*directory / "a") == "text");
}

TEST_CASE("a source that breaks a promise is not trusted with another") {
  Elsewhere other;
  Temp temp;
  auto store = open_store(temp / "store");
  store->set_bring(other.bring());
  const store::LayerRecord one = make_layer(*other.store, {{"a", "one"}}),
                           two = make_layer(*other.store, {{"b", "two"}});
  REQUIRE_OK(store->promise(one.blob.digest, promise_for(one, "gone/cache")));
  REQUIRE_OK(store->promise(two.blob.digest, promise_for(two)));
  CHECK(store->broken_promises() == 0);
  REQUIRE_CODE(store->blobs().open(one.blob.digest), Code::network);
  CHECK(store->broken_promises() == 1);
  CHECK_FALSE(store->holds(one.blob.digest));
  REQUIRE_CODE(store->blobs().open(one.blob.digest), Code::not_found);
  CHECK(other.asked == 1);
  CHECK(store->holds(two.blob.digest));  // that is another source
}

TEST_CASE("a blob that holds another layer than was promised is rejected") {
  Elsewhere other;
  Temp temp;
  auto store = open_store(temp / "store");
  store->set_bring(other.bring());
  const store::LayerRecord good = make_layer(*other.store, {{"a", "good"}}),
                           evil = make_layer(*other.store, {{"a", "evil"}});
  REQUIRE_OK(store->promise(evil.blob.digest, {"registry/cache", evil.blob.size, good.diff_id}));
  REQUIRE_CODE(store->blobs().open(evil.blob.digest), Code::corrupt);
  CHECK_FALSE(store->blobs().has(evil.blob.digest));
  CHECK(store->broken_promises() == 1);
}

TEST_CASE("what was made elsewhere and is kept by nobody cannot be brought") {
  Temp temp;
  Elsewhere other;
  auto store = open_store(temp / "store");
  store->set_bring(other.bring());
  const store::LayerRecord layer = make_layer(*other.store, {{"a", "text"}});
  REQUIRE_OK(store->promise(layer.blob.digest, promise_for(layer, "")));
  CHECK(store->holds(layer.blob.digest));
  REQUIRE_CODE(store->blobs().open(layer.blob.digest), Code::not_found);
  CHECK_FALSE(store->holds(layer.blob.digest));
  CHECK(other.asked == 0);
}

TEST_CASE("a store with promised layers is sound, and a prune leaves what images need") {
  Elsewhere other;
  Temp temp;
  auto store = open_store(temp / "store");
  store->set_bring(other.bring());
  const store::LayerRecord layer = make_layer(*other.store, {{"a", "text"}});
  REQUIRE_OK(store->promise(layer.blob.digest, promise_for(layer)));
  REQUIRE_OK(store->records().put(layer));
  store::StepRecord step;
  step.key = Digest::of("key");
  step.target = "tier:base/step";
  step.layers = {layer.diff_id};
  REQUIRE_OK(store->records().put(step));
  auto problems = store->verify(false);
  REQUIRE_OK(problems);
  CHECK(problems->empty());
  store = open_store(temp / "store");
  REQUIRE_OK(store->prune({}));
  auto records = store->records().layer(layer.diff_id);
  REQUIRE_OK(records);
  CHECK(records->size() == 1);
  CHECK(*store->records().step(step.key));
}

}  // namespace tierbuild::test
