// What images say of their layers, where one of them lies.
#include "store/layer_records.hpp"
#include "fixture.hpp"

namespace tierbuild::test {
namespace {

using store::LayerRecord;

/// As the config of a pulled image has it: nobody has looked.
LayerRecord said(const Digest& diff_id, const LayerRecord& holder) {
  return {diff_id, holder.blob, 0};
}

std::vector<Digest> blobs_of(Store& store, const Digest& diff_id) {
  auto records = store.records().layer(diff_id);
  REQUIRE_OK(records);
  std::vector<Digest> blobs;
  for (const LayerRecord& record : *records) blobs.push_back(record.blob.digest);
  return blobs;
}

}  // namespace

TEST_CASE("a blob is what it unpacks to, in any compression") {
  Temp temp;
  auto store = open_store(temp / "store");
  for (auto compression :
       {archive::Compression::none, archive::Compression::gzip, archive::Compression::zstd}) {
    const LayerRecord layer = make_layer(*store, {{"a", "text"}}, compression);
    auto fd = store->blobs().open(layer.blob.digest);
    REQUIRE_OK(fd);
    auto plain = store::plain_of(fd->get());
    REQUIRE_OK(plain);
    CHECK(plain->digest == layer.diff_id);
    CHECK(plain->size == layer.tar_size);
  }
}

TEST_CASE("an image cannot pass its layer off as one that is there") {
  Temp temp;
  auto store = open_store(temp / "store");
  const LayerRecord good = make_layer(*store, {{"a", "good"}}), evil = make_layer(*store, {{"a", "evil"}});
  auto refused = store::record_layer(*store, said(good.diff_id, evil));
  REQUIRE_CODE(refused, Code::corrupt);
  CHECK_THAT(refused.error().str(), Catch::Matchers::Contains(evil.diff_id.str()));
  CHECK(blobs_of(*store, good.diff_id) == std::vector{good.blob.digest});
}

TEST_CASE("an image that lied first is found out by the one that does not") {
  Temp temp;
  auto store = open_store(temp / "store");
  const LayerRecord evil = make_layer(*store, {{"a", "evil"}});
  Temp other;
  const LayerRecord good = make_layer(*open_store(other / "store"), {{"a", "good"}});
  REQUIRE_OK(store::record_layer(*store, said(good.diff_id, evil)));
  CHECK(blobs_of(*store, good.diff_id) == std::vector{evil.blob.digest});

  SECTION("pulled") {
    const LayerRecord real = make_layer(*store, {{"a", "good"}});
    REQUIRE_OK(store->records().forget_blob(real.blob.digest));
    REQUIRE_OK(store::record_layer(*store, said(good.diff_id, real)));
    CHECK(blobs_of(*store, good.diff_id) == std::vector{real.blob.digest});
  }
  SECTION("made here") {
    const LayerRecord made = make_layer(*store, {{"a", "good"}});
    REQUIRE_OK(store::record_layer(*store, made));
    CHECK(blobs_of(*store, good.diff_id) == std::vector{made.blob.digest});
  }
}

TEST_CASE("the same layer in two compressions is recorded twice") {
  Temp temp;
  auto store = open_store(temp / "store");
  const LayerRecord one = make_layer(*store, {{"a", "text"}});
  const LayerRecord two = make_layer(*store, {{"a", "text"}}, archive::Compression::zstd);
  REQUIRE(one.diff_id == two.diff_id);
  REQUIRE_OK(store->records().forget_blob(two.blob.digest));
  REQUIRE_OK(store::record_layer(*store, said(two.diff_id, two)));
  CHECK(blobs_of(*store, one.diff_id).size() == 2);
}

}  // namespace tierbuild::test
