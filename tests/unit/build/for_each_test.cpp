#include "build/for_each.hpp"

#include <fcntl.h>

#include <numeric>

#include "base/unique_fd.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using build::Descriptors;

TEST_CASE("each item is worked on once, and the first error is the answer") {
  auto descriptors = GENERATE(Descriptors::shared, Descriptors::own);
  size_t threads = GENERATE(0, 1, 2, 7);
  std::vector<size_t> items(100);
  std::iota(items.begin(), items.end(), 0U);
  std::vector<std::atomic<int>> seen(items.size());
  REQUIRE_OK(build::for_each(
      items, threads,
      [&](size_t item) {
        ++seen[item];
        return Status();
      },
      descriptors));
  REQUIRE(std::all_of(seen.begin(), seen.end(), [](const auto& count) { return count == 1; }));
  Status failed = build::for_each(
      items, threads, [](size_t) { return Status(Error(Code::failed, "no")); }, descriptors);
  REQUIRE_FALSE(failed);
  REQUIRE(failed.error().code() == Code::failed);
}

TEST_CASE("threads with descriptors of their own see those of the caller, and leave them alone") {
  bool allowed = false;
  std::jthread([&] { allowed = ::unshare(CLONE_FILES) == 0; }).join();
  if (!allowed) return;  // as in some containers
  UniqueFd open(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  std::vector<int> items(4);
  // Each thread closes its own copy, at most once.
  REQUIRE_OK(build::for_each(
      items, 2,
      [&](int) -> Status {
        thread_local bool closed = false;
        if (!std::exchange(closed, true) && ::close(open.get()) != 0)
          return Error(Code::failed, "it was not open in this thread");
        return {};
      },
      Descriptors::own));
  REQUIRE(::fcntl(open.get(), F_GETFD) >= 0);
}
