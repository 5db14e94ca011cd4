#include <sys/stat.h>

#include "fs/file.hpp"
#include "store/lease.hpp"
#include "unit/store/fixture.hpp"

using namespace tierbuild;
using namespace tierbuild::store;

namespace {

struct Root {
  test::Temp temp;
  std::unique_ptr<Lease> lease;
  std::unique_ptr<BlobStore> blobs;
  Root() {
    for (const char* name : {"leases", "tmp", "blobs/sha256"})
      std::filesystem::create_directories(temp / name);
    auto taken = Lease::take(temp.path());
    REQUIRE_OK(taken);
    lease = std::move(*taken);
    blobs = dir_blob_store(temp.path(), lease.get());
  }
  std::filesystem::path file(const Digest& digest) const { return temp / ("blobs/sha256/" + digest.hex()); }
};

}  // namespace

TEST_CASE("unfinished blobs lie in the process's own directory, and not for long") {
  Root root;
  auto writer = root.blobs->begin();
  REQUIRE_OK(writer);
  CHECK(std::filesystem::is_empty(root.temp / "blobs/sha256"));
  CHECK_FALSE(std::filesystem::is_empty(root.lease->tmp_path()));
  writer->reset();
  CHECK(std::filesystem::is_empty(root.lease->tmp_path()));
  REQUIRE_OK(root.blobs->put("x"));
  CHECK(std::filesystem::is_empty(root.lease->tmp_path()));
}

TEST_CASE("blobs are readable by all, and are not written twice") {
  Root root;
  Digest digest = *root.blobs->put("x");
  struct stat before {
  }, after{};
  REQUIRE(::stat(root.file(digest).c_str(), &before) == 0);
  CHECK((before.st_mode & 07777) == 0644);
  REQUIRE_OK(root.blobs->put("x"));
  auto writer = root.blobs->begin();
  REQUIRE_OK(fs::write_all((*writer)->fd(), "x"));
  REQUIRE_OK((*writer)->commit(digest, 1, BlobWriter::Verify::yes));
  REQUIRE(::stat(root.file(digest).c_str(), &after) == 0);
  CHECK(before.st_ino == after.st_ino);
}

TEST_CASE("files that are no blobs are passed over, symlinks are not followed") {
  Root root;
  root.temp.write("blobs/sha256/README", "x");
  const Digest digest = Digest::of("secret");
  std::filesystem::create_symlink(root.temp.write("secret", "secret"), root.file(digest));
  std::vector<Digest> listed;
  REQUIRE_OK(root.blobs->each([&](const Digest& found, uint64_t) -> Status {
    listed.push_back(found);
    return {};
  }));
  CHECK(listed == std::vector<Digest>{digest});
  CHECK_FALSE(root.blobs->has(digest));
  CHECK_FALSE(root.blobs->open(digest));
  CHECK_FALSE(root.blobs->read(digest));
}

TEST_CASE("every look at a blob is announced") {
  Root root;
  auto watcher = Lease::take(root.temp.path());
  REQUIRE_OK(watcher);
  root.blobs->has(Digest::of("has"));
  std::ignore = root.blobs->open(Digest::of("open"));
  std::ignore = root.blobs->read(Digest::of("read"));
  REQUIRE_OK(root.blobs->put("put"));
  CHECK((*watcher)->others(Lease::Gate::leave)->digests ==
        std::unordered_set<Digest>{Digest::of("has"), Digest::of("open"), Digest::of("read"),
                                   Digest::of("put")});
}
