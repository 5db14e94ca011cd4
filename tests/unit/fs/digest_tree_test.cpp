#include <sys/stat.h>

#include <chrono>
#include <set>
#include <thread>

#include "fs/fingerprint.hpp"
#include "support/temp.hpp"

using namespace tierbuild;
namespace stdfs = std::filesystem;

namespace {

std::vector<fs::FileEntry> all_of(const stdfs::path& root) {
  Result<fs::ScanResult> result = fs::scan({.root = root, .include = {"."}});
  REQUIRE_OK(result);
  return std::move(result->entries);
}

Digest digest_of(const stdfs::path& root, unsigned workers = 1) {
  auto cache = fs::FingerprintCache::memory();
  std::vector<fs::FileEntry> entries = all_of(root);
  Result<std::vector<Digest>> contents = fs::digest_all(root, entries, *cache, workers);
  REQUIRE_OK(contents);
  fs::TreeHasher tree;
  for (size_t i = 0; i < entries.size(); ++i) tree.add(entries[i].path, entries[i], (*contents)[i]);
  return tree.finish();
}

}  // namespace

TEST_CASE("a tree's digest rests on paths, modes and bytes alone") {
  test::Temp temp;
  temp.write("t/a", "x");
  temp.write("copy/a", "x");
  REQUIRE(::chmod((temp / "copy/a").c_str(), 0600) == 0);
  REQUIRE(digest_of(temp / "t") == digest_of(temp / "copy"));

  std::set<Digest> seen{digest_of(temp / "t")};
  auto is_new = [&] { return seen.insert(digest_of(temp / "t")).second; };
  REQUIRE(::chmod((temp / "t/a").c_str(), 0755) == 0);
  REQUIRE(is_new());
  temp.write("t/a", "y");
  REQUIRE(is_new());
  stdfs::rename(temp / "t/a", temp / "t/b");
  REQUIRE(is_new());
  stdfs::create_directories(temp / "t/c");
  REQUIRE(is_new());
  stdfs::remove(temp / "t/c");
  temp.write("t/c", "");
  REQUIRE(is_new());
  stdfs::remove(temp / "t/c");
  stdfs::create_symlink("b", temp / "t/c");
  REQUIRE(is_new());
  stdfs::remove(temp / "t/c");
  temp.write("t/c", "b");
  REQUIRE(is_new());
}

TEST_CASE("files carry their identity") {
  test::Temp temp;
  temp.write("dir/run", "x");
  REQUIRE(::chmod((temp / "dir/run").c_str(), 0700) == 0);
  stdfs::create_symlink("dir", temp / "link");
  auto cache = fs::FingerprintCache::memory();
  auto entries = all_of(temp.path());
  Result<std::vector<Digest>> contents = fs::digest_all(temp.path(), entries, *cache, 1);
  REQUIRE_OK(contents);
  REQUIRE(entries.size() == 3);
  REQUIRE((entries[0].path == "dir" && (*contents)[0].empty() && fs::tree_mode(entries[0]) == 0755));
  REQUIRE((entries[1].path == "dir/run" && (*contents)[1] == Digest::of("x")));
  REQUIRE(fs::tree_mode(entries[1]) == 0755);
  REQUIRE((fs::tree_mode(entries[2]) == 0120000 && (*contents)[2] == Digest::of("dir")));
}

TEST_CASE("many workers give what one gives, and read each file once") {
  test::Temp temp;
  for (int i = 0; i < 300; ++i) temp.write(fmt::format("d{}/f{}", i % 7, i), fmt::format("content {}", i));
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  auto entries = all_of(temp.path());
  auto cache = fs::FingerprintCache::memory();
  Result<std::vector<Digest>> first = fs::digest_all(temp.path(), entries, *cache, 8);
  REQUIRE_OK(first);
  REQUIRE(cache->files_read() == 300);
  REQUIRE(digest_of(temp.path(), 8) == digest_of(temp.path(), 1));
  REQUIRE(*fs::digest_all(temp.path(), entries, *cache, 0) == *first);
  REQUIRE(cache->files_read() == 300);
}

TEST_CASE("one file that fails fails the tree, by its name") {
  test::Temp temp;
  for (int i = 0; i < 50; ++i) temp.write(fmt::format("f{:02}", i), "x");
  auto entries = all_of(temp.path());
  stdfs::remove(temp / "f07");
  for (unsigned workers : {1u, 4u}) {
    auto cache = fs::FingerprintCache::memory();
    Result<std::vector<Digest>> tree = fs::digest_all(temp.path(), entries, *cache, workers);
    REQUIRE_CODE(tree, Code::not_found);
    REQUIRE(tree.error().message().find("f07") != std::string::npos);
  }
}
