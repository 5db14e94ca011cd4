#include "store/store.hpp"

#include <sys/stat.h>

#include <chrono>

#include "store/layout.hpp"
#include "unit/store/fixture.hpp"

using namespace tierbuild;
using namespace tierbuild::store;
using test::make_image;
using test::make_layer;
using test::open_store;
using test::slurp;

namespace {

image::Descriptor target(const char* content) {
  return {image::kOciManifest, Digest::of(content), 7, image::Platform{"linux", "arm", "v7"}, {}};
}

}  // namespace

TEST_CASE("a new store is an OCI layout") {
  test::Temp temp;
  auto store = open_store(temp / "deep/down/store");
  CHECK(store->warnings().empty());
  CHECK(slurp(store->root() / "oci-layout") == R"({"imageLayoutVersion":"1.0.0"})");
  CHECK(slurp(store->root() / "index.json") ==
        R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]})");
  for (const char* name : {"blobs/sha256", "snapshots", "cache", "logs", "tmp", "leases", "records.db"})
    CHECK(std::filesystem::exists(store->root() / name));
  CHECK(store->caches() == store->root() / "cache");
  CHECK(store->logs() == store->root() / "logs");
  CHECK(store->tmp().parent_path() == store->root() / "tmp");
  CHECK(std::filesystem::is_directory(store->tmp()));
}

TEST_CASE("what was stored is there when the store is opened again") {
  test::Temp temp;
  Digest digest;
  {
    auto store = open_store(temp / "s");
    digest = *store->blobs().put("x");
    REQUIRE_OK(store->records().put_value("a", "b", "c"));
    REQUIRE_OK(store->set_ref("name", target("m")));
  }
  auto store = open_store(temp / "s");
  CHECK(*store->blobs().read(digest) == "x");
  CHECK(**store->records().value("a", "b") == "c");
  CHECK(store->ref("name")->value() == target("m"));
  CHECK(store->warnings().empty());
}

TEST_CASE("a directory that holds something else is refused and left alone") {
  test::Temp temp;
  temp.write("photo.jpg", "x");
  auto store = Store::open(temp.path());
  REQUIRE_CODE(store, Code::invalid);
  CHECK(store.error().message().find("photo.jpg") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(temp / "blobs"));
  REQUIRE_CODE(Store::open(temp / "photo.jpg"), Code::io);
  temp.write("other/oci-layout", R"({"imageLayoutVersion":"2.0.0"})");
  REQUIRE_CODE(Store::open(temp / "other"), Code::invalid);
  temp.write("broken/oci-layout", "{");
  REQUIRE_CODE(Store::open(temp / "broken"), Code::corrupt);
}

TEST_CASE("a store that was begun, and a layout of another program, are completed") {
  test::Temp temp;
  std::filesystem::create_directories(temp / "begun/blobs/sha256");
  std::filesystem::create_directories(temp / "begun/lost+found");
  REQUIRE_OK(open_store(temp / "begun")->blobs().put("x"));
  temp.write("layout/oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  REQUIRE_OK(open_store(temp / "layout")->blobs().put("x"));
}

TEST_CASE("the place of the store") {
  FakeEnvironment environment;
  environment.variables = {{"TIERBUILD_STORE", "/x"}, {"XDG_DATA_HOME", "/data"}, {"HOME", "/home/me"}};
  CHECK(Store::default_path(environment) == "/x");
  environment.variables["TIERBUILD_STORE"] = "";
  if (::geteuid() == 0) {
    CHECK(Store::default_path(environment) == "/var/lib/tierbuild");
  } else {
    CHECK(Store::default_path(environment) == "/data/tierbuild");
    environment.variables.erase("XDG_DATA_HOME");
    CHECK(Store::default_path(environment) == "/home/me/.local/share/tierbuild");
  }
}

TEST_CASE("references are set, moved and removed, and others stay") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  CHECK_FALSE(store->ref("a")->has_value());
  REQUIRE_OK(store->set_refs({{"a", target("1")}, {"b", target("1")}}));
  REQUIRE_OK(store->set_ref("a", target("2")));
  CHECK(*store->refs() ==
        std::vector<std::pair<std::string, image::Descriptor>>{{"a", target("2")}, {"b", target("1")}});
  CHECK(slurp(store->root() / "index.json")
            .find(R"("platform":{"architecture":"arm","os":"linux","variant":"v7"})") != std::string::npos);
  REQUIRE_OK(store->remove_ref("a"));
  REQUIRE_OK(store->remove_ref("a"));
  CHECK_FALSE(store->ref("a")->has_value());
  CHECK(store->ref("b")->has_value());
}

TEST_CASE("setting what is set does not write the index") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  REQUIRE_OK(store->set_ref("a", target("1")));
  struct stat before {
  }, after{};
  REQUIRE(::stat((store->root() / "index.json").c_str(), &before) == 0);
  REQUIRE_OK(store->set_ref("a", target("1")));
  REQUIRE(::stat((store->root() / "index.json").c_str(), &after) == 0);
  CHECK(before.st_ino == after.st_ino);
}

TEST_CASE("processes that set references at once lose none") {
  test::Temp temp;
  open_store(temp / "s");
  std::vector<pid_t> processes;
  for (int p = 0; p < 4; ++p)
    processes.push_back(test::start_process([&] {
      auto store = Store::open(temp / "s");
      if (!store) return 1;
      for (int i = 0; i < 10; ++i)
        if (!(*store)->set_ref(fmt::format("{}-{}", p, i), target("x"))) return 2;
      return 0;
    }));
  for (pid_t process : processes) CHECK(test::exit_code(process) == 0);
  CHECK(open_store(temp / "s")->refs()->size() == 40);
}

TEST_CASE("processes that make a store at once share it") {
  test::Temp temp;
  std::vector<pid_t> processes;
  for (int p = 0; p < 6; ++p)
    processes.push_back(test::start_process([&] {
      auto store = Store::open(temp / "s");
      return store && (*store)->blobs().put(std::to_string(p)) ? 0 : 1;
    }));
  for (pid_t process : processes) CHECK(test::exit_code(process) == 0);
  CHECK(open_store(temp / "s")->usage()->blob_count == 6);
}

TEST_CASE("leftovers of a killed process are swept when the store is opened") {
  test::Temp temp;
  std::unique_ptr<Store> killed;
  CHECK(test::exit_code(test::start_process([&] {
          killed = Store::open(temp / "s").value();
          std::filesystem::create_directories(killed->tmp() / "half");
          auto writer = killed->blobs().begin();
          writer.value().release();
          return 0;
        })) == 0);
  CHECK_FALSE(std::filesystem::is_empty(temp / "s/tmp"));
  auto store = open_store(temp / "s");
  CHECK(std::filesystem::is_empty(temp / "s/tmp"));
  CHECK(store->warnings() == std::vector<std::string>{"swept the leftovers of 1 interrupted runs"});
}

TEST_CASE("damaged records are replaced with a warning") {
  test::Temp temp;
  open_store(temp / "s");
  std::ofstream(temp / "s/records.db") << std::string(10'000, 'x');
  std::filesystem::remove(temp / "s/records.db-wal");  // it could heal the file
  auto store = open_store(temp / "s");
  REQUIRE(store->warnings().size() == 1);
  CHECK(store->warnings()[0].find("set aside") != std::string::npos);
}

TEST_CASE("an open store with much in it is open at once") {
  test::Temp temp;
  {
    auto store = open_store(temp / "s");
    auto batch = store->records().batch();
    for (int i = 0; i < 2000; ++i) test::make_step(*store, std::to_string(i), "t", {});
    REQUIRE_OK((*batch)->commit());
    for (int i = 0; i < 200; ++i)
      temp.write(fmt::format("s/blobs/sha256/{}", Digest::of(std::to_string(i)).hex()), "x");
  }
  auto best = std::chrono::steady_clock::duration::max();
  for (int i = 0; i < 5; ++i) {
    auto start = std::chrono::steady_clock::now();
    auto store = open_store(temp / "s");
    best = std::min(best, std::chrono::steady_clock::now() - start);
  }
  double milliseconds = std::chrono::duration<double, std::milli>(best).count();
  INFO(milliseconds);
  CHECK(milliseconds < 20);
}

TEST_CASE("usage is measured on disk") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  LayerRecord kept = make_layer(*store, {{"a", "1"}});
  make_layer(*store, {{"b", std::string(100'000, 'y')}});
  test::make_image_record(*store, "t", make_image(*store, {kept}));
  REQUIRE_OK(store->snapshots().acquire(kept.diff_id));
  temp.write("s/cache/0123/data", std::string(10'000, 'c'));
  temp.write("s/cache/0123.lock", "");
  temp.write("s/logs/1.log", "log");
  auto usage = store->usage();
  REQUIRE_OK(usage);
  CHECK(usage->blob_count == 4);
  CHECK(usage->blobs >= 4 * 4096);
  CHECK(usage->snapshot_count == 1);
  CHECK(usage->snapshots >= 4096);
  CHECK(usage->cache_count == 1);
  CHECK(usage->caches >= 10'000);
  CHECK(usage->logs >= 3);
  CHECK(usage->records >= 4096);
  auto prune = store->prune({});
  REQUIRE_OK(prune);
  CHECK(usage->reclaimable == prune->bytes);
  CHECK(prune->bytes > 0);
  CHECK(store->usage()->reclaimable == 0);
}
