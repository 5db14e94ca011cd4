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

struct Built {
  test::Temp temp;
  std::unique_ptr<Store> store = open_store(temp / "s");
  LayerRecord layer = make_layer(*store, {{"a", std::string(5000, 'x')}});
  image::Descriptor image = make_image(*store, {layer});
  Built() {
    make_step(*store, "step", "tier:a/step", {layer});
    make_image_record(*store, "tier:a", image);
    REQUIRE_OK(store->set_ref("name", image));
  }
  std::filesystem::path file(const Digest& digest) const {
    return store->root() / "blobs/sha256" / digest.hex();
  }
  std::vector<std::string> problems(bool repair) const {
    auto found = store->verify(repair);
    REQUIRE_OK(found);
    std::vector<std::string> out;
    for (const VerifyProblem& problem : *found) {
      CHECK(problem.repaired == repair);
      CHECK_FALSE(problem.detail.empty());
      out.push_back(problem.what);
    }
    return out;
  }
};

}  // namespace

TEST_CASE("a sound store has no problems") {
  Built b;
  REQUIRE_OK(b.store->snapshots().acquire(b.layer.diff_id));
  CHECK(b.problems(false).empty());
  CHECK(b.problems(true).empty());
  CHECK(b.store->records().steps()->size() == 1);
}

TEST_CASE("one flipped bit is found, and repair drops all that rests on it") {
  Built b;
  std::string bytes = test::slurp(b.file(b.layer.blob.digest));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  std::ofstream(b.file(b.layer.blob.digest)) << bytes;
  const std::vector<std::string> expected{
      "blob " + b.layer.blob.digest.str(), "record of layer " + b.layer.diff_id.str(),
      fmt::format("record of step tier:a/step ({})", Digest::of("step").short_hex()),
      "record of image tier:a for " + b.image.platform->str(), "reference name"};
  CHECK(b.problems(false) == expected);
  CHECK(b.store->records().steps()->size() == 1);
  std::vector<std::string> repaired = b.problems(true);
  CHECK(repaired.front() == expected.front());
  CHECK(repaired.back() == expected.back());
  CHECK_FALSE(std::filesystem::exists(b.file(b.layer.blob.digest)));
  CHECK(b.store->records().steps()->empty());
  CHECK(b.store->records().layers()->empty());
  CHECK(b.store->records().images()->empty());
  CHECK(b.store->refs()->empty());
  CHECK(b.problems(false).empty());
}

TEST_CASE("a missing blob is found through what refers to it") {
  Built b;
  SECTION("the manifest") {
    std::filesystem::remove(b.file(b.image.digest));
    CHECK(b.problems(true) == std::vector<std::string>{
                                  "record of image tier:a for " + b.image.platform->str(), "reference name"});
    CHECK(b.store->records().steps()->size() == 1);
  }
  SECTION("a base's config") {
    StepRecord step = make_step(*b.store, "base", "tier:a/from", {b.layer});
    step.config = Digest::of("gone");
    REQUIRE_OK(b.store->records().put(step));
    CHECK(b.problems(true) ==
          std::vector<std::string>{fmt::format("record of step tier:a/from ({})", step.key.short_hex())});
    CHECK(b.store->records().steps()->size() == 1);
  }
  SECTION("one of two blobs of a layer") {
    LayerRecord zstd = make_layer(*b.store, {{"a", std::string(5000, 'x')}}, archive::Compression::zstd);
    std::filesystem::remove(b.file(zstd.blob.digest));
    CHECK(b.problems(true) == std::vector<std::string>{"record of layer " + b.layer.diff_id.str()});
    CHECK(b.store->records().steps()->size() == 1);
  }
  CHECK(b.problems(false).empty());
}

TEST_CASE("a record that names another size is wrong") {
  Built b;
  LayerRecord wrong = b.layer;
  wrong.blob.size += 1;
  REQUIRE_OK(b.store->records().put(wrong));
  CHECK(b.problems(false).at(0) == "record of layer " + b.layer.diff_id.str());
}

TEST_CASE("a damaged index is begun anew") {
  Built b;
  std::ofstream(b.store->root() / "index.json") << "{";
  REQUIRE_CODE(b.store->refs(), Code::corrupt);
  REQUIRE_CODE(b.store->prune({}), Code::corrupt);
  CHECK(b.problems(true) == std::vector<std::string>{"index.json"});
  CHECK(b.store->refs()->empty());
  CHECK(b.problems(false).empty());
}

TEST_CASE("a snapshot without its marker is removed, unless somebody may be at it") {
  Built b;
  std::filesystem::create_directories(b.store->snapshots().root() / "0123456789abcdef/x");
  {
    auto other = open_store(b.temp / "s");
    CHECK(b.problems(false).empty());
  }
  CHECK(b.problems(true) == std::vector<std::string>{"snapshot 0123456789abcdef"});
  CHECK(std::filesystem::is_empty(b.store->snapshots().root()));
}

TEST_CASE("damaged records are found, and replaced at the next start") {
  Built b;
  const auto file = b.store->root() / "records.db";
  {
    auto batch = b.store->records().batch();
    for (int i = 0; i < 3000; ++i) make_step(*b.store, std::to_string(i), "t", {});
    REQUIRE_OK((*batch)->commit());
  }
  b.store.reset();
  if (std::system(fmt::format("sqlite3 {} 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null 2>&1", file.string())
                      .c_str()) != 0) {
    test::skip("sqlite3 is not installed");
    return;
  }
  {
    std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(static_cast<std::streamoff>(std::filesystem::file_size(file) - 40'960));
    out << std::string(8192, '\0');
  }
  b.store = open_store(b.temp / "s");
  CHECK(b.store->warnings().empty());
  CHECK(b.problems(true) == std::vector<std::string>{"records"});
  b.store.reset();
  b.store = open_store(b.temp / "s");
  CHECK(b.store->warnings().size() == 1);
  CHECK(b.problems(false).empty());
  CHECK(std::filesystem::exists(b.file(b.layer.blob.digest)));
}
