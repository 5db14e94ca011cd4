#include "fs/fingerprint.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "fs/file.hpp"
#include "fs/fingerprint_file.hpp"
#include "support/temp.hpp"

using namespace tierbuild;
namespace stdfs = std::filesystem;
using fs::FingerprintCache;

namespace {

fs::FileEntry entry(const test::Temp& temp, const std::string& path) {
  Result<fs::FileEntry> found = fs::stat_entry(temp.path(), path);
  REQUIRE_OK(found);
  return *found;
}

/// Waits until the times of what was written before are out of the racy window.
void settle() {
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
}

void overwrite(const stdfs::path& file, std::string_view bytes) {
  UniqueFd fd(::open(file.c_str(), O_WRONLY));
  REQUIRE(::pwrite(fd.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
}

void set_mtime(const stdfs::path& file, int64_t seconds, int64_t nanoseconds = 1) {
  timespec times[2]{{seconds, nanoseconds}, {seconds, nanoseconds}};
  REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times, 0) == 0);
}

std::string digest_or_error(FingerprintCache& cache, const test::Temp& temp, const std::string& path) {
  Result<Digest> digest = cache.digest(temp.path(), entry(temp, path));
  REQUIRE_OK(digest);
  return digest->str();
}

/// The records of a cache file that are whole.
std::vector<fs::FingerprintRecord> records_in(const stdfs::path& file) {
  fs::FingerprintFile kept(file);
  std::vector<fs::FingerprintRecord> records;
  for (const fs::FingerprintRecord& record : kept.records())
    if (record.is_whole()) records.push_back(record);
  return records;
}

}  // namespace

TEST_CASE("an untouched file is read once, also by the next run") {
  test::Temp temp;
  temp.write("a", "hello");
  settle();
  auto cache = FingerprintCache::open(temp / "cache");
  for (int i = 0; i < 3; ++i) REQUIRE(digest_or_error(*cache, temp, "a") == Digest::of("hello").str());
  REQUIRE(cache->files_read() == 1);
  REQUIRE_OK(cache->save());

  auto next = FingerprintCache::open(temp / "cache");
  REQUIRE(digest_or_error(*next, temp, "a") == Digest::of("hello").str());
  REQUIRE(next->files_read() == 0);
}

TEST_CASE("symlinks and directories need no reading") {
  test::Temp temp;
  stdfs::create_symlink("target", temp / "link");
  stdfs::create_directories(temp / "dir");
  auto cache = FingerprintCache::memory();
  REQUIRE(digest_or_error(*cache, temp, "link") == Digest::of("target").str());
  REQUIRE(cache->digest(temp.path(), entry(temp, "dir"))->empty());
  REQUIRE(cache->files_read() == 0);
}

TEST_CASE("an edit of the same size is seen, however soon it comes") {
  test::Temp temp;
  auto cache = FingerprintCache::open(temp / "cache");
  temp.write("a", "0000");
  for (int i = 0; i < 2000; ++i) {
    std::string bytes = fmt::format("{:04}", i);
    overwrite(temp / "a", bytes);
    if (digest_or_error(*cache, temp, "a") != Digest::of(bytes).str()) FAIL("edit " << i << " was missed");
  }
}

TEST_CASE("nothing is remembered while a file's times are not older than the clock") {
  test::Temp temp;
  auto cache = FingerprintCache::memory();
  temp.write("fresh", "x");
  REQUIRE_OK(cache->digest(temp.path(), entry(temp, "fresh")));
  REQUIRE_FALSE(cache->known(entry(temp, "fresh")));

  // An old mtime does not help: the change time is what an edit cannot set back.
  temp.write("aged", "x");
  set_mtime(temp / "aged", 1'000'000'000);
  REQUIRE_OK(cache->digest(temp.path(), entry(temp, "aged")));
  REQUIRE_FALSE(cache->known(entry(temp, "aged")));

  temp.write("future", "x");
  set_mtime(temp / "future", 4'000'000'000);
  settle();
  REQUIRE_OK(cache->digest(temp.path(), entry(temp, "future")));
  REQUIRE_FALSE(cache->known(entry(temp, "future")));

  REQUIRE_OK(cache->digest(temp.path(), entry(temp, "aged")));
  REQUIRE(cache->known(entry(temp, "aged")));
}

TEST_CASE("a time of whole seconds must be older than two seconds") {
  test::Temp temp;
  auto cache = FingerprintCache::memory();
  int64_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  temp.write("coarse", "x");
  set_mtime(temp / "coarse", now, 0);
  temp.write("old", "x");
  set_mtime(temp / "old", now - 10, 0);
  settle();
  for (const char* name : {"coarse", "old"}) REQUIRE_OK(cache->digest(temp.path(), entry(temp, name)));
  REQUIRE_FALSE(cache->known(entry(temp, "coarse")));
  REQUIRE(cache->known(entry(temp, "old")));
}

TEST_CASE("every part of the stat counts") {
  test::Temp temp;
  temp.write("a", "x");
  settle();
  auto cache = FingerprintCache::memory();
  fs::FileEntry known = entry(temp, "a");
  REQUIRE_OK(cache->digest(temp.path(), known));
  REQUIRE(cache->known(known));
  auto changed = [&](auto change) {
    fs::FileEntry other = known;
    change(other.stat);
    return cache->known(other).has_value();
  };
  REQUIRE_FALSE(changed([](fs::FileStat& stat) { ++stat.device; }));
  REQUIRE_FALSE(changed([](fs::FileStat& stat) { ++stat.inode; }));
  REQUIRE_FALSE(changed([](fs::FileStat& stat) { ++stat.size; }));
  REQUIRE_FALSE(changed([](fs::FileStat& stat) { ++stat.mtime_ns; }));
  REQUIRE_FALSE(changed([](fs::FileStat& stat) { ++stat.ctime_ns; }));
  REQUIRE_FALSE(changed([](fs::FileStat& stat) { stat.mode ^= 0100; }));
}

TEST_CASE("a file that is not the one that was scanned is an error, never a record") {
  test::Temp temp;
  temp.write("a", "old");
  temp.write("b", "x");
  settle();
  auto cache = FingerprintCache::memory();
  fs::FileEntry scanned = entry(temp, "a"), other = entry(temp, "b");
  temp.write("a", "newer");
  REQUIRE_CODE(cache->digest(temp.path(), scanned), Code::failed);
  REQUIRE_FALSE(cache->known(scanned));
  stdfs::remove(temp / "a");
  REQUIRE_CODE(cache->digest(temp.path(), scanned), Code::not_found);
  stdfs::create_symlink("b", temp / "a");
  REQUIRE_CODE(cache->digest(temp.path(), scanned), Code::failed);
  REQUIRE_OK(cache->digest(temp.path(), other));
}

TEST_CASE("a file that is written while it is read is an error, and is remembered as it ends") {
  test::Temp temp;
  temp.write("a", std::string(4 << 20, 'a'));
  settle();
  auto cache = FingerprintCache::memory();
  std::jthread writer([&](std::stop_token stop) {
    for (char c = 'a'; !stop.stop_requested(); c = c == 'z' ? 'a' : static_cast<char>(c + 1)) {
      UniqueFd fd(::open((temp / "a").c_str(), O_WRONLY));
      if (::pwrite(fd.get(), std::string(64, c).data(), 64, 3 << 20) != 64) return;
    }
  });
  int failures = 0;
  for (int i = 0; i < 1'000'000 && failures < 10; ++i) {  // on a busy machine the writer waits long
    Result<Digest> digest = cache->digest(temp.path(), entry(temp, "a"));
    if (digest) continue;
    REQUIRE_CODE(digest, Code::failed);
    ++failures;
  }
  writer.request_stop();
  writer.join();
  REQUIRE(failures == 10);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(digest_or_error(*cache, temp, "a") == Digest::of(*fs::read_file(temp / "a")).str());
    settle();
  }
}

TEST_CASE("what is damaged in a cache file is not known, a foreign or shortened one is empty") {
  test::Temp temp;
  temp.write("a", "x");
  settle();
  auto cache = FingerprintCache::open(temp / "cache");
  REQUIRE_OK(cache->digest(temp.path(), entry(temp, "a")));
  REQUIRE_OK(cache->save());
  std::string good = *fs::read_file(temp / "cache");
  REQUIRE(records_in(temp / "cache").size() == 1);

  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    REQUIRE_OK(fs::write_file(temp / "cache", bad));
    if (!records_in(temp / "cache").empty()) FAIL("byte " << at);
  }
  for (size_t size : {size_t{0}, size_t{10}, good.size() - 1, good.size() / 2}) {
    REQUIRE_OK(fs::write_file(temp / "cache", good.substr(0, size)));
    REQUIRE(records_in(temp / "cache").empty());
  }
  auto damaged = FingerprintCache::open(temp / "cache");
  REQUIRE(digest_or_error(*damaged, temp, "a") == Digest::of("x").str());
  REQUIRE_OK(damaged->save());
  REQUIRE(*fs::read_file(temp / "cache") == good);
}

TEST_CASE("saving writes only what is new, replaces old stats and drops what was not used for 30 days") {
  test::Temp temp;
  temp.write("a", "x");
  temp.write("b", "y");
  settle();
  auto cache = FingerprintCache::open(temp / "cache");
  REQUIRE_OK(cache->save());
  REQUIRE_FALSE(stdfs::exists(temp / "cache"));
  for (const char* name : {"a", "b"}) REQUIRE_OK(cache->digest(temp.path(), entry(temp, name)));
  REQUIRE_OK(cache->save());

  auto records = records_in(temp / "cache");
  REQUIRE(records.size() == 2);
  uint64_t a = entry(temp, "a").stat.inode;
  uint32_t today = records[0].last_used;
  for (auto& record : records) record.last_used = today - 40;
  REQUIRE_OK(fs::store_fingerprints(temp / "cache", records));

  auto later = FingerprintCache::open(temp / "cache");
  REQUIRE(later->known(entry(temp, "a")));
  REQUIRE_OK(later->save());
  records = records_in(temp / "cache");
  REQUIRE(records.size() == 1);
  REQUIRE(records[0].inode == a);
  REQUIRE(records[0].last_used == today);

  overwrite(temp / "a", "z");
  settle();
  auto edited = FingerprintCache::open(temp / "cache");
  REQUIRE(digest_or_error(*edited, temp, "a") == Digest::of("z").str());
  REQUIRE_OK(edited->save());
  records = records_in(temp / "cache");
  REQUIRE(records.size() == 1);
  REQUIRE(Digest(records[0].content) == Digest::of("z"));
}

TEST_CASE("a cache that cannot be saved says so and tries again") {
  test::Temp temp;
  temp.write("a", "x");
  settle();
  auto cache = FingerprintCache::open(temp / "none/cache");
  REQUIRE_OK(cache->digest(temp.path(), entry(temp, "a")));
  REQUIRE_CODE(cache->save(), Code::not_found);
  stdfs::create_directories(temp / "none");
  REQUIRE_OK(cache->save());
  REQUIRE(stdfs::exists(temp / "none/cache"));
}
