#include "fs/listing.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/unique_fd.hpp"
#include "fs/settled.hpp"
#include "support/temp.hpp"

using namespace tierbuild;
namespace stdfs = std::filesystem;

namespace {

/// Old enough for git's racy rule.
void age(const stdfs::path& root) {
  const timespec old[2] = {{1'500'000'000, 5}, {1'500'000'000, 5}};
  for (const auto& entry : stdfs::recursive_directory_iterator(root))
    REQUIRE(::utimensat(AT_FDCWD, entry.path().c_str(), old, AT_SYMLINK_NOFOLLOW) == 0);
  REQUIRE(::utimensat(AT_FDCWD, root.c_str(), old, 0) == 0);
}

/// The change times of what was just made cannot be set, so the scan claims to be a later one.
constexpr int64_t kLater = 10'000'000'000;

const Digest kRules = Digest::of("rules"), kTree = Digest::of("tree");

std::optional<std::string> bytes_of(const stdfs::path& root, int64_t after = kLater) {
  std::vector<fs::VisitedDirectory> visited;
  Result<fs::ScanResult> result = fs::scan({.root = root, .include = {"."}}, &visited);
  REQUIRE_OK(result);
  return fs::Listing::bytes(result->entries, visited, kRules, kTree, fs::now_ns() + after);
}

std::optional<fs::Listing> opened(const test::Temp& temp, std::string_view bytes) {
  temp.write("listing", bytes);
  return fs::Listing::open(temp / "listing", kRules);
}

bool holds(const fs::Listing& listing, const stdfs::path& root) {
  UniqueFd fd(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(fd);
  bool all = true;
  for (size_t i = 0; i < listing.size(); ++i) all = listing.holds(i, fd.get()) && all;
  return all;
}

struct Tree {
  test::Temp temp;
  stdfs::path root = temp / "root";
  Tree() {
    temp.write("root/a", "one");
    temp.write("root/a-b", "two");
    temp.write("root/d/x", "three");
    temp.write("root/d/e/y", "four");
    temp.write("outside", "five");
    stdfs::create_directories(root / "empty");
    stdfs::create_symlink("a", root / "link");
    age(temp.path());
  }
};

}  // namespace

TEST_CASE("a listing holds as long as nothing was touched") {
  Tree tree;
  std::optional<fs::Listing> listing = opened(tree.temp, *bytes_of(tree.root));
  REQUIRE(listing);
  REQUIRE(listing->size() == 4);
  REQUIRE(listing->tree() == kTree);
  REQUIRE(holds(*listing, tree.root));
  REQUIRE_FALSE(fs::Listing::open(tree.temp / "listing", Digest::of("other rules")));
  REQUIRE_FALSE(fs::Listing::open(tree.temp / "missing", kRules));
}

TEST_CASE("a listing breaks with every kind of change") {
  using Change = void (*)(const stdfs::path&);
  Change change = GENERATE(
      Change([](const stdfs::path& root) { std::ofstream(root / "a") << "ONE"; }),
      Change([](const stdfs::path& root) { std::ofstream(root / "d/e/new") << ""; }),
      Change([](const stdfs::path& root) { std::ofstream(root / "empty/new") << ""; }),
      Change([](const stdfs::path& root) { stdfs::remove(root / "d/x"); }),
      Change([](const stdfs::path& root) { stdfs::rename(root / "a-b", root / "a-c"); }),
      Change([](const stdfs::path& root) { ::chmod((root / "d/e/y").c_str(), 0755); }),
      Change([](const stdfs::path& root) { stdfs::create_directories(root / "d/more"); }),
      Change([](const stdfs::path& root) { stdfs::remove(root / "empty"); }),
      Change([](const stdfs::path& root) {
        stdfs::remove(root / "link");
        stdfs::create_symlink("d/x", root / "link");
      }),
      Change([](const stdfs::path& root) {
        stdfs::rename(root / "d", root.parent_path() / "moved");
        stdfs::create_directory_symlink("../moved", root / "d");
      }),
      Change([](const stdfs::path& root) { stdfs::rename(root.parent_path() / "outside", root / "a"); }));
  Tree tree;
  std::optional<fs::Listing> listing = opened(tree.temp, *bytes_of(tree.root));
  REQUIRE(listing);
  change(tree.root);
  REQUIRE_FALSE(holds(*listing, tree.root));
}

TEST_CASE("what was touched just before the scan is not listed") {
  Tree tree;
  REQUIRE_FALSE(bytes_of(tree.root, 0));
  std::vector<fs::VisitedDirectory> visited;
  fs::FileEntry entry;
  entry.path = "a";
  entry.stat.mtime_ns = entry.stat.ctime_ns = 5;
  REQUIRE(fs::Listing::bytes({&entry, 1}, {}, kRules, kTree, kLater));
  REQUIRE_FALSE(fs::Listing::bytes({&entry, 1}, {}, kRules, kTree, 6));
}

TEST_CASE("directories that were only passed may change") {
  Tree tree;
  std::vector<fs::VisitedDirectory> visited;
  Result<fs::ScanResult> result = fs::scan({.root = tree.root, .include = {"d/e"}}, &visited);
  REQUIRE_OK(result);
  std::erase_if(visited, [](const fs::VisitedDirectory& directory) { return directory.path != "d/e"; });
  auto bytes = fs::Listing::bytes(result->entries, visited, kRules, kTree, fs::now_ns() + kLater);
  REQUIRE(bytes);
  std::optional<fs::Listing> listing = opened(tree.temp, *bytes);
  REQUIRE(listing);
  std::ofstream(tree.root / "new") << "";
  std::ofstream(tree.root / "d/new") << "";
  REQUIRE(holds(*listing, tree.root));
  std::ofstream(tree.root / "d/e/new") << "";
  REQUIRE_FALSE(holds(*listing, tree.root));
}

TEST_CASE("damaged listings do not hold") {
  Tree tree;
  const std::string bytes = *bytes_of(tree.root);
  auto all_holds = [&](std::string_view damaged) {
    std::optional<fs::Listing> listing = opened(tree.temp, damaged);
    return listing && holds(*listing, tree.root);
  };
  REQUIRE(all_holds(bytes));
  for (size_t i = 0; i < bytes.size(); ++i) {
    REQUIRE_FALSE(all_holds(bytes.substr(0, i)));
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    REQUIRE_FALSE(all_holds(flipped));
  }
}
