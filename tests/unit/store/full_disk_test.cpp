// A store on a file system without a free byte.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "fs/file.hpp"
#include "unit/store/fixture.hpp"

using namespace tierbuild;
using namespace tierbuild::store;

namespace {

constexpr int kSkipped = 99;

// Gives this process a mount namespace of its own with a small file system at `path`.
bool mount_small(const std::filesystem::path& path, const char* options) {
  std::filesystem::create_directories(path);
  return ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", path.c_str(), "tmpfs", 0, options) == 0;
}

void fill(const std::filesystem::path& file) {
  UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  const std::string bytes(4096, 'x');
  while (::write(fd.get(), bytes.data(), bytes.size()) > 0) {
  }
}

uint64_t free_bytes(const std::filesystem::path& path) {
  struct statvfs status {};
  ::statvfs(path.c_str(), &status);
  return status.f_bavail * status.f_frsize;
}

void expect_zero(pid_t child) {
  int code = test::exit_code(child);
  if (code == kSkipped)
    test::skip("cannot mount a file system here");
  else
    CHECK(code == 0);
}

// A store with an image of its own, a hundred steps nobody needs, and 400 kB in blobs that nobody needs.
std::unique_ptr<Store> crowded(const std::filesystem::path& root) {
  auto store = Store::open(root);
  if (!store) return nullptr;
  auto layer = test::make_layer(**store, {{"a", "kept"}});
  test::make_image_record(**store, "t", test::make_image(**store, {layer}));
  for (int i = 0; i < 100; ++i) test::make_step(**store, std::to_string(i), "old", {}, i + 1);
  for (char c : {'1', '2', '3', '4'}) std::ignore = (*store)->blobs().put(std::string(100'000, c));
  return std::move(*store);
}

}  // namespace

TEST_CASE("a prune works without a free byte, in a process that starts then") {
  test::Temp temp;
  expect_zero(test::start_process([&] {
    if (!mount_small(temp / "m", "size=4m")) return kSkipped;
    if (!crowded(temp / "m/s")) return 1;
    fill(temp / "m/filler");
    if (free_bytes(temp / "m") != 0) return 2;
    auto store = Store::open(temp / "m/s");
    if (!store) return 3;
    auto refused = (*store)->blobs().put("new");
    if (refused || refused.error().code() != Code::no_space) return 4;
    auto result = (*store)->prune({});
    if (!result || result->blobs != 4) return 5;
    if (free_bytes(temp / "m") < 300'000) return 6;
    if ((*store)->records().steps()->size() > 100) return 7;
    if (!(*store)->blobs().put("new")) return 8;
    if (!(*store)->verify(false)->empty()) return 9;
    return (*store)->prune({})->records == 0 ? 0 : 10;
  }));
}

TEST_CASE("a full disk is named, and what was there stays whole") {
  test::Temp temp;
  expect_zero(test::start_process([&] {
    if (!mount_small(temp / "m", "size=4m")) return kSkipped;
    auto store = crowded(temp / "m/s");
    if (!store) return 1;
    fill(temp / "m/filler");
    auto put = store->blobs().put(std::string(200'000, 'y'));
    if (put || put.error().code() != Code::no_space) return 2;
    auto set = store->set_ref("name", {image::kOciManifest, Digest::of("x"), 1});
    if (set || set.error().code() != Code::no_space) return 3;
    Status recorded;
    for (int i = 0; i < 1000 && recorded; ++i)
      recorded = store->records().put_value("s", std::to_string(i), "v");
    if (recorded || recorded.error().code() != Code::no_space) return 4;
    if (!store->verify(false)->empty()) return 5;
    std::filesystem::remove(temp / "m/filler");
    if (!store->records().put_value("s", "name", "v") || !store->blobs().put(std::string(200'000, 'y')))
      return 6;
    return store->verify(false)->empty() ? 0 : 7;
  }));
}

TEST_CASE("a prune works without a free inode") {
  test::Temp temp;
  expect_zero(test::start_process([&] {
    if (!mount_small(temp / "m", "size=8m,nr_inodes=200")) return kSkipped;
    if (!crowded(temp / "m/s")) return 1;
    for (int i = 0; i < 1000; ++i)
      UniqueFd(::open((temp / ("m/" + std::to_string(i))).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    auto store = Store::open(temp / "m/s");
    if (!store) return 3;
    auto refused = (*store)->blobs().put("new");
    if (refused || refused.error().code() != Code::no_space) return 4;
    auto result = (*store)->prune({});
    return result && result->blobs == 4 ? 0 : 5;
  }));
}
