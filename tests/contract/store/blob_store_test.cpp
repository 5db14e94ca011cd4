// What every BlobStore does, in memory and on disk.
#include "store/blob_store.hpp"

#include <unistd.h>

#include <atomic>
#include <map>
#include <thread>

#include "fs/file.hpp"
#include "support/catch.hpp"
#include "support/temp.hpp"

using namespace tierbuild;
using namespace tierbuild::store;
using Verify = BlobWriter::Verify;

namespace {

struct Directory {
  test::Temp temp;
  std::unique_ptr<BlobStore> blobs;
  Directory() {
    std::filesystem::create_directories(temp / "blobs/sha256");
    blobs = dir_blob_store(temp.path());
  }
};
struct Memory {
  std::unique_ptr<BlobStore> blobs = memory_blob_store();
};

std::string content(int fd) {
  std::string out(64, '\0');
  out.resize(static_cast<size_t>(::read(fd, out.data(), out.size())));
  return out;
}

std::map<Digest, uint64_t> listed(const BlobStore& blobs) {
  std::map<Digest, uint64_t> out;
  REQUIRE_OK(blobs.each([&](const Digest& digest, uint64_t size) -> Status {
    out[digest] = size;
    return {};
  }));
  return out;
}

}  // namespace

TEMPLATE_TEST_CASE("what was put is found under its digest", "", Directory, Memory) {
  TestType store;
  auto digest = store.blobs->put("hello");
  REQUIRE_OK(digest);
  CHECK(*digest == Digest::of("hello"));
  CHECK(store.blobs->has(*digest));
  CHECK(*store.blobs->size(*digest) == 5);
  CHECK(*store.blobs->read(*digest) == "hello");
  auto fd = store.blobs->open(*digest);
  REQUIRE_OK(fd);
  CHECK(content(fd->get()) == "hello");
  CHECK(*digest_of_fd(fd->get()) == *digest);
  CHECK(*store.blobs->put("hello") == *digest);
  CHECK(*store.blobs->put("") == Digest::of(""));
  CHECK(*store.blobs->read(Digest::of("")) == "");
  CHECK(listed(*store.blobs) == std::map<Digest, uint64_t>{{*digest, 5}, {Digest::of(""), 0}});
}

TEMPLATE_TEST_CASE("what is not there is not found", "", Directory, Memory) {
  TestType store;
  const Digest digest = Digest::of("nothing");
  CHECK_FALSE(store.blobs->has(digest));
  REQUIRE_CODE(store.blobs->size(digest), Code::not_found);
  REQUIRE_CODE(store.blobs->open(digest), Code::not_found);
  REQUIRE_CODE(store.blobs->read(digest), Code::not_found);
  REQUIRE_OK(store.blobs->remove(digest));
}

TEMPLATE_TEST_CASE("a removed blob is gone, an open one stays readable", "", Directory, Memory) {
  TestType store;
  Digest digest = *store.blobs->put("hello");
  auto fd = store.blobs->open(digest);
  REQUIRE_OK(store.blobs->remove(digest));
  CHECK_FALSE(store.blobs->has(digest));
  CHECK(content(fd->get()) == "hello");
  CHECK(listed(*store.blobs).empty());
}

TEMPLATE_TEST_CASE("written bytes become a blob only when they are committed", "", Directory, Memory) {
  TestType store;
  const Digest digest = Digest::of("hello");
  {
    auto writer = store.blobs->begin();
    REQUIRE_OK(writer);
    REQUIRE_OK(fs::write_all((*writer)->fd(), "hello"));
    CHECK_FALSE(store.blobs->has(digest));
  }
  CHECK_FALSE(store.blobs->has(digest));
  CHECK(listed(*store.blobs).empty());
  for (int round = 0; round < 2; ++round) {  // committing what is there is success
    auto writer = store.blobs->begin();
    REQUIRE_OK(fs::write_all((*writer)->fd(), "hello"));
    REQUIRE_OK((*writer)->commit(digest, 5, Verify::yes));
    CHECK(*store.blobs->read(digest) == "hello");
  }
}

TEMPLATE_TEST_CASE("bytes that are not what they claim to be are corrupt", "", Directory, Memory) {
  TestType store;
  auto writer = store.blobs->begin();
  REQUIRE_OK(fs::write_all((*writer)->fd(), "hello"));
  REQUIRE_CODE((*writer)->commit(Digest::of("other"), 5, Verify::yes), Code::corrupt);
  CHECK_FALSE(store.blobs->has(Digest::of("other")));

  auto shorter = store.blobs->begin();
  REQUIRE_OK(fs::write_all((*shorter)->fd(), "hell"));
  REQUIRE_CODE((*shorter)->commit(Digest::of("hello"), 5, Verify::no), Code::corrupt);
  CHECK_FALSE(store.blobs->has(Digest::of("hello")));
}

TEMPLATE_TEST_CASE("reading verifies the bytes and holds to the limit", "", Directory, Memory) {
  TestType store;
  const Digest lie = Digest::of("truth");
  auto writer = store.blobs->begin();
  REQUIRE_OK(fs::write_all((*writer)->fd(), "false"));
  REQUIRE_OK((*writer)->commit(lie, 5, Verify::no));
  REQUIRE_CODE(store.blobs->read(lie), Code::corrupt);

  Digest large = *store.blobs->put(std::string(1000, 'x'));
  REQUIRE_CODE(store.blobs->read(large, 999), Code::invalid);
  REQUIRE_OK(store.blobs->read(large, 1000));
}

TEMPLATE_TEST_CASE("a blob of a wrong size is replaced by a good one", "", Directory, Memory) {
  TestType store;
  const Digest digest = Digest::of("hello");
  auto writer = store.blobs->begin();
  REQUIRE_OK(fs::write_all((*writer)->fd(), "he"));
  REQUIRE_OK((*writer)->commit(digest, 2, Verify::no));
  REQUIRE_OK(store.blobs->put("hello"));
  CHECK(*store.blobs->read(digest) == "hello");
}

TEMPLATE_TEST_CASE("the first error ends a visit", "", Directory, Memory) {
  TestType store;
  REQUIRE_OK(store.blobs->put("a"));
  REQUIRE_OK(store.blobs->put("b"));
  int visits = 0;
  REQUIRE_CODE(store.blobs->each([&](const Digest&, uint64_t) -> Status {
    ++visits;
    return Error(Code::cancelled, "enough");
  }),
               Code::cancelled);
  CHECK(visits == 1);
}

TEMPLATE_TEST_CASE("threads may put and remove the same blobs", "", Directory, Memory) {
  TestType store;
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        std::string bytes = std::to_string(i % 7);
        if (!store.blobs->put(bytes)) ++wrong;
        auto read = store.blobs->read(Digest::of(bytes));
        if (read ? *read != bytes : read.error().code() != Code::not_found) ++wrong;
        if (i % 5 == 0 && !store.blobs->remove(Digest::of(bytes))) ++wrong;
      }
    });
  threads.clear();
  CHECK(wrong == 0);
}
