#include "store/lease.hpp"

#include <future>
#include <thread>

#include "unit/store/fixture.hpp"

using namespace tierbuild;
using namespace tierbuild::store;
using test::exit_code;
using test::start_process;

namespace {

struct Root {
  test::Temp temp;
  Root() {
    for (const char* name : {"leases", "tmp"}) std::filesystem::create_directories(temp / name);
  }
  std::unique_ptr<Lease> lease() const {
    auto lease = Lease::take(temp.path());
    REQUIRE_OK(lease);
    return std::move(*lease);
  }
};

size_t count(const std::filesystem::path& directory, const std::string& extension = "") {
  size_t n = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    n += extension.empty() || entry.path().extension() == extension ? 1 : 0;
  return n;
}

}  // namespace

TEST_CASE("what living processes use is seen by others, what ended ones used is not") {
  Root root;
  auto mine = root.lease();
  auto other = root.lease();
  REQUIRE_OK(other->use(Digest::of("a")));
  REQUIRE_OK(other->use(Digest::of("b")));
  REQUIRE_OK(other->use(Digest::of("a")));
  REQUIRE_OK(mine->use(Digest::of("c")));
  auto seen = mine->others(Lease::Gate::leave);
  REQUIRE_OK(seen);
  CHECK(seen->count == 1);
  CHECK(seen->digests == std::unordered_set<Digest>{Digest::of("a"), Digest::of("b")});
  other.reset();
  CHECK(mine->others(Lease::Gate::leave)->count == 0);
  CHECK(mine->others(Lease::Gate::leave)->digests.empty());
}

TEST_CASE("while the gate is held nobody announces anything new") {
  Root root;
  auto pruner = root.lease();
  auto builder = root.lease();
  REQUIRE_OK(builder->use(Digest::of("known")));
  auto others = pruner->others(Lease::Gate::hold);
  REQUIRE_OK(others);
  REQUIRE_OK(builder->use(Digest::of("known")));
  auto announced =
      std::async(std::launch::async, [&] { return static_cast<bool>(builder->use(Digest::of("new"))); });
  CHECK(announced.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout);
  others->gate.reset();
  CHECK(announced.get());
}

TEST_CASE("who holds the gate open keeps prunes waiting, and lists all that it announced at once") {
  Root root;
  auto pruner = root.lease();
  auto builder = root.lease();
  auto held = builder->hold_gate();
  REQUIRE_OK(held);
  REQUIRE_CODE(builder->hold_gate(), Code::internal);
  for (const char* name : {"a", "b", "a"}) REQUIRE_OK(builder->use(Digest::of(name)));
  auto others = std::async(std::launch::async, [&] {
    auto seen = pruner->others(Lease::Gate::hold);
    return seen ? seen->digests : std::unordered_set<Digest>();
  });
  CHECK(others.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout);
  held->reset();
  CHECK(others.get() == std::unordered_set<Digest>{Digest::of("a"), Digest::of("b")});
  REQUIRE_OK(builder->use(Digest::of("c")));
  CHECK(pruner->others(Lease::Gate::leave)->digests.contains(Digest::of("c")));
}

TEST_CASE("a process's directory is made when it is needed and removed at its end") {
  Root root;
  auto lease = root.lease();
  CHECK(count(root.temp / "tmp") == 0);
  auto tmp = lease->tmp();
  REQUIRE_OK(tmp);
  CHECK(*tmp == lease->tmp_path());
  std::filesystem::create_directories(*tmp / "a/b");
  lease.reset();
  CHECK(count(root.temp / "tmp") == 0);
  CHECK(count(root.temp / "leases", ".lease") == 0);
}

TEST_CASE("leftovers of dead processes are swept, those of living ones stay") {
  Root root;
  auto alive = root.lease();
  REQUIRE_OK(alive->tmp());
  std::unique_ptr<Lease> killed;
  CHECK(exit_code(start_process([&] {
          auto lease = Lease::take(root.temp.path());
          if (!lease || !(*lease)->tmp() || !(*lease)->use(Digest::of("x"))) return 1;
          killed = std::move(*lease);
          std::filesystem::create_directories(killed->tmp_path() / "half/done");
          return 0;
        })) == 0);
  std::filesystem::create_directories(root.temp / "tmp/nobody");
  CHECK(count(root.temp / "tmp") == 3);
  auto mine = root.lease();
  CHECK(mine->others(Lease::Gate::leave)->digests.empty());
  auto swept = mine->sweep_dead();
  REQUIRE_OK(swept);
  CHECK(*swept == 1);
  CHECK(count(root.temp / "tmp") == 1);
  CHECK(std::filesystem::exists(alive->tmp_path()));
  CHECK(count(root.temp / "leases", ".lease") == 2);
}

TEST_CASE("waiting for a lock ends when it is stopped, and when its holder ends") {
  test::Temp temp;
  auto held = FileLock::acquire(temp / "lock", FileLock::Mode::exclusive);
  REQUIRE_OK(held);
  CHECK_FALSE(FileLock::try_acquire(temp / "lock", FileLock::Mode::shared)->has_value());
  std::stop_source stop;
  auto stopped = std::async(std::launch::async, [&] {
    return FileLock::acquire(temp / "lock", FileLock::Mode::exclusive, stop.get_token()).error().code();
  });
  stop.request_stop();
  CHECK(stopped.get() == Code::cancelled);

  auto waiting = std::async(std::launch::async, [&] {
    return static_cast<bool>(FileLock::acquire(temp / "lock", FileLock::Mode::exclusive));
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  held->remove_file();  // the waiter must not be content with a file that nobody else finds
  { FileLock released = std::move(*held); }
  CHECK(waiting.get());
  CHECK(std::filesystem::exists(temp / "lock"));
}
