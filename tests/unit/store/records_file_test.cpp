#include "base/clock.hpp"
#include "store/key_fields.hpp"
#include "store/lease.hpp"
#include "unit/store/fixture.hpp"

using namespace tierbuild;
using namespace tierbuild::store;

namespace {

std::unique_ptr<Records> open(const std::filesystem::path& file, std::string* warning = nullptr) {
  auto opened = open_records(file, warning);
  REQUIRE_OK(opened);
  return std::move(*opened);
}

void fill(Records& records, int from, int to) {
  for (int i = from; i < to; ++i) {
    StepRecord record;
    record.key = Digest::of(std::to_string(i));
    record.target = fmt::format("t{}", i % 10);
    record.inputs = {{"text", Digest::of("x").hex() + std::to_string(i)}};
    REQUIRE_OK(records.put(record));
  }
}

size_t set_aside(const std::filesystem::path& directory) {
  size_t n = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    n += entry.path().filename().string().starts_with("records.db.damaged-") ? 1 : 0;
  return n;
}

}  // namespace

TEST_CASE("a file that is no database of ours is set aside with a warning") {
  test::Temp temp;
  const std::string content =
      GENERATE(std::string("this is no database, and it is long enough to be looked at"),
               std::string(8192, '\0'), std::string("SQLite format 3\0 but not more", 29));
  temp.write("records.db", content);
  std::string warning;
  auto records = open(temp / "records.db", &warning);
  CHECK(warning.find("set aside as records.db.damaged-") != std::string::npos);
  CHECK(set_aside(temp.path()) == 1);
  REQUIRE_OK(records->put_value("a", "b", "c"));
  records.reset();
  warning.clear();
  records = open(temp / "records.db", &warning);
  CHECK(warning.empty());
  CHECK(**records->value("a", "b") == "c");
}

TEST_CASE("a truncated or overwritten database is found out and replaced") {
  test::Temp temp;
  fill(*open(temp / "records.db"), 0, 2000);
  // The log would heal the file: it must be gone, as it is after a checkpoint.
  for (const char* sql : {"PRAGMA wal_checkpoint(TRUNCATE)"})
    if (std::system(
            fmt::format("sqlite3 {} '{}' >/dev/null 2>&1", (temp / "records.db").string(), sql).c_str()) !=
        0) {
      test::skip("sqlite3 is not installed");
      return;
    }
  const auto size = std::filesystem::file_size(temp / "records.db");
  REQUIRE(size > 100'000);
  SECTION("cut off") {
    std::filesystem::resize_file(temp / "records.db", size / 2);
  }
  SECTION("zeros from the second page on") {
    std::fstream file(temp / "records.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(size - 4096, '\0');
  }
  std::string warning;
  auto records = open(temp / "records.db", &warning);
  Status outcome;
  for (int i = 0; i < 2000 && outcome; ++i)
    if (auto step = records->step(Digest::of(std::to_string(i))); !step) outcome = step.error();
  if (warning.empty()) {  // then the damage was met on the way, and the next opening acts on it
    REQUIRE_CODE(outcome, Code::corrupt);
    CHECK_FALSE(outcome.error().hint().empty());
    records.reset();
    records = open(temp / "records.db", &warning);
  }
  CHECK_FALSE(warning.empty());
  CHECK(set_aside(temp.path()) == 1);
  fill(*records, 0, 10);
  REQUIRE_OK(records->check());
  records.reset();
  warning.clear();
  open(temp / "records.db", &warning);
  CHECK(warning.empty());
}

TEST_CASE("a suspicion that proves wrong is dropped") {
  test::Temp temp;
  fill(*open(temp / "records.db"), 0, 10);
  temp.write("records.db-suspect", "");
  std::string warning;
  auto records = open(temp / "records.db", &warning);
  CHECK(warning.empty());
  CHECK_FALSE(std::filesystem::exists(temp / "records.db-suspect"));
  CHECK(records->steps()->size() == 10);
}

TEST_CASE("processes create, read and write one file together") {
  test::Temp temp;
  std::vector<pid_t> processes;
  for (int p = 0; p < 4; ++p)
    processes.push_back(test::start_process([&] {
      auto records = open_records(temp / "records.db");
      if (!records) return 2;
      for (int i = 0; i < 50; ++i)
        if (!(*records)->put_value(std::to_string(p), std::to_string(i), "v")) return 3;
      return 0;
    }));
  for (pid_t process : processes) CHECK(test::exit_code(process) == 0);
  auto records = open(temp / "records.db");
  for (int p = 0; p < 4; ++p) CHECK(records->value(std::to_string(p), "49")->has_value());
}

TEST_CASE("a look-up after an hour counts as a use, a repeated one writes nothing") {
  test::Temp temp;
  StepRecord record;
  record.key = Digest::of("k");
  record.used_ms = 1000;
  ImageRecord image;
  image.target = "t";
  image.manifest = {image::kOciManifest, Digest::of("m"), 1};
  image.used_ms = 1000;
  {
    auto records = open(temp / "records.db");
    REQUIRE_OK(records->put(record));
    REQUIRE_OK(records->put(image));
  }
  {
    auto records = open(temp / "records.db");
    CHECK(records->step(record.key)->value().used_ms == 1000);
    CHECK(records->image("t", {})->value().used_ms == 1000);
  }
  auto records = open(temp / "records.db");
  int64_t used = records->steps()->at(0).used_ms;
  CHECK(Clock::system().now() - used < 60'000);
  CHECK(Clock::system().now() - records->images()->at(0).used_ms < 60'000);
  CHECK(records->step(record.key)->value().used_ms == used);
  records.reset();
  CHECK(open(temp / "records.db")->steps()->at(0).used_ms == used);
}

TEST_CASE("look-ups and puts are announced") {
  test::Temp temp;
  for (const char* name : {"leases", "tmp"}) std::filesystem::create_directories(temp / name);
  auto lease = Lease::take(temp.path());
  auto watcher = Lease::take(temp.path());
  REQUIRE_OK(lease);
  REQUIRE_OK(watcher);
  auto records = open_records(temp / "records.db", nullptr, lease->get());
  REQUIRE_OK(records);
  REQUIRE_OK((*records)->step(Digest::of("step")));
  REQUIRE_OK((*records)->layer(Digest::of("layer")));
  REQUIRE_OK((*records)->image("t", {}));
  REQUIRE_OK((*records)->put(LayerRecord{Digest::of("diff"), {"type", Digest::of("blob"), 1}, 0}));
  CHECK((*watcher)->others(Lease::Gate::leave)->digests ==
        std::unordered_set<Digest>{Digest::of("step"), Digest::of("layer"), image_name("t", {}),
                                   Digest::of("diff"), Digest::of("blob")});
}

TEST_CASE("damaged inputs are corrupt, whatever the damage") {
  std::vector<KeyField> fields;
  for (int i = 0; i < 100; ++i)
    fields.push_back({fmt::format("argv[{}]", i), Digest::of(std::to_string(i)).str()});
  for (size_t size : {size_t{3}, fields.size()}) {
    fields.resize(size);
    const std::string bytes = encode_fields(fields);
    CHECK(*decode_fields(bytes) == fields);
    for (size_t at = 0; at < bytes.size(); ++at) {
      std::string cut = bytes.substr(0, at);
      if (auto decoded = decode_fields(cut)) CHECK(decoded->size() < fields.size());
      std::string flipped = bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ 0x55);
      std::ignore = decode_fields(flipped);  // any answer, but no crash
    }
  }
  REQUIRE_CODE(decode_fields(""), Code::corrupt);
  REQUIRE_CODE(decode_fields(std::string("\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11)), Code::corrupt);
  REQUIRE_CODE(decode_fields(std::string("\1zstd?", 6)), Code::corrupt);
}

TEST_CASE("records of the version before are taken over as they are") {
  test::Temp temp;
  ImageRecord image;
  image.target = "tier:a";
  image.platform = {"linux", "amd64", ""};
  image.key = Digest::of("key");
  image.manifest = {image::kOciManifest, Digest::of("m"), 7, image.platform, {}};
  {
    auto records = open(temp / "records.db");
    fill(*records, 0, 10);
    REQUIRE_OK(records->put(image));
  }
  const char* back =
      "DROP TABLE causes; ALTER TABLE images DROP COLUMN made_of; ALTER TABLE images DROP COLUMN inputs;"
      " ALTER TABLE images DROP COLUMN steps; PRAGMA user_version=1;";
  if (std::system(
          fmt::format("sqlite3 {} '{}' >/dev/null 2>&1", (temp / "records.db").string(), back).c_str()) !=
      0) {
    test::skip("sqlite3 is not installed");
    return;
  }
  std::string warning;
  auto records = open(temp / "records.db", &warning);
  CHECK(warning.empty());
  CHECK(set_aside(temp.path()) == 0);
  CHECK(records->step(Digest::of("3"))->has_value());
  auto found = records->last_image("tier:a", image.platform);
  REQUIRE_OK(found);
  REQUIRE(found->has_value());
  CHECK((*found)->made_of.empty());
  CHECK((*found)->steps.empty());
  REQUIRE_OK(records->put(BuildRecord{0, 1, 2, "", "done", 1, 0, 0, {{0, "a", "p", "ran", 0, "[]"}}}));
  CHECK(*records->last_cause("a", "p") == 1);
}
