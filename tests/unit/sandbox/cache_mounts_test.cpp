#include "sandbox/cache_mounts.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "support/temp.hpp"

namespace tierbuild::sandbox {
namespace {

const std::string kIdentity = CacheMounts::identity("apt", "/var/cache/apt");

}  // namespace

TEST_CASE("the identity is a hash of the id, or of the target without one") {
  CHECK(CacheMounts::identity("", "/root/.cache") == CacheMounts::identity("/root/.cache", "/other"));
  CHECK(CacheMounts::identity("a", "/x") != CacheMounts::identity("b", "/x"));
  for (const char* id : {"../../etc", "/", "a/b", "\n"})
    CHECK(CacheMounts::identity(id, "/x").find_first_not_of("0123456789abcdef") == std::string::npos);
}

TEST_CASE("nothing but an identity becomes a path") {
  test::Temp temp;
  CacheMounts caches(temp / "caches");
  for (const char* name : {"../x", "", ".", "x", "/etc"})
    REQUIRE_CODE(caches.acquire(name, Sharing::shared, 0, 0, 0755), Code::invalid);
}

TEST_CASE("a new cache has the mode it was asked with, an old one keeps its own") {
  test::Temp temp;
  CacheMounts caches(temp / "caches");
  auto mode = [&](uint32_t wanted) {
    auto held = caches.acquire(kIdentity, Sharing::shared, ::getuid(), ::getgid(), wanted);
    REQUIRE_OK(held);
    struct stat info {};
    REQUIRE(::stat(held->directory.c_str(), &info) == 0);
    return info.st_mode & 07777;
  };
  CHECK(mode(01777) == 01777);
  CHECK(mode(0700) == 01777);
}

TEST_CASE("shared caches are held together, locked ones one after the other") {
  test::Temp temp;
  CacheMounts caches(temp / "caches");
  auto acquire = [&](Sharing sharing) {
    return caches.acquire(kIdentity, sharing, ::getuid(), ::getgid(), 0755);
  };
  auto first = acquire(Sharing::shared);
  auto second = acquire(Sharing::shared);
  REQUIRE_OK(first);
  REQUIRE_OK(second);
  CHECK(first->directory == second->directory);

  std::atomic<bool> acquired = false;
  std::thread waiter([&] {
    auto held = acquire(Sharing::locked);
    acquired = static_cast<bool>(held);
  });
  first->lock.reset();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK_FALSE(acquired);
  second->lock.reset();
  waiter.join();
  CHECK(acquired);
}

TEST_CASE("private caches differ while they are held and are taken again afterwards") {
  test::Temp temp;
  CacheMounts caches(temp / "caches");
  auto acquire = [&] {
    return caches.acquire(kIdentity, Sharing::private_, ::getuid(), ::getgid(), 0755).value();
  };
  auto first = acquire();
  auto second = acquire();
  CHECK(first.directory != second.directory);
  auto freed = first.directory;
  first.lock.reset();
  CHECK(acquire().directory == freed);
}

TEST_CASE("a lock file that is removed while someone waits for it is not taken for the lock") {
  test::Temp temp;
  CacheMounts caches(temp / "caches");
  auto holder = caches.acquire(kIdentity, Sharing::locked, ::getuid(), ::getgid(), 0755).value();
  std::string lock = holder.directory.string() + ".lock";
  Result<CacheMounts::Held> waited = Error(Code::internal, "not run");
  std::thread waiter(
      [&] { waited = caches.acquire(kIdentity, Sharing::locked, ::getuid(), ::getgid(), 0755); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::filesystem::remove(lock);
  holder.lock.reset();
  waiter.join();
  REQUIRE_OK(waited);
  UniqueFd other(::open(lock.c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(other);
  CHECK(::flock(other.get(), LOCK_EX | LOCK_NB) != 0);
}

}  // namespace tierbuild::sandbox
