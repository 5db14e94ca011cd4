#include "fs/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <thread>

#include "support/temp.hpp"

using namespace tierbuild;
namespace stdfs = std::filesystem;

namespace {

size_t entries_in(const stdfs::path& directory) {
  return static_cast<size_t>(std::distance(stdfs::directory_iterator(directory), {}));
}

unsigned mode_of(const stdfs::path& path) {
  return static_cast<unsigned>(stdfs::status(path).permissions());
}

}  // namespace

TEST_CASE("what was written is read") {
  test::Temp temp;
  std::string bytes(300'000, 'x');
  bytes[7] = '\0';
  REQUIRE_OK(fs::write_file(temp / "a", bytes, fs::Sync::yes));
  REQUIRE(*fs::read_file(temp / "a") == bytes);
  REQUIRE_OK(fs::write_file(temp / "a", ""));
  REQUIRE(*fs::read_file(temp / "a") == "");
  REQUIRE(fs::read_file("/proc/self/stat")->size() > 10);
  REQUIRE(entries_in(temp.path()) == 1);
}

TEST_CASE("reading fails with a code that says why") {
  test::Temp temp;
  temp.write("big", "12345");
  REQUIRE_CODE(fs::read_file(temp / "none"), Code::not_found);
  REQUIRE_CODE(fs::read_file(temp / "big", 4), Code::invalid);
  REQUIRE_OK(fs::read_file(temp / "big", 5));
  REQUIRE_CODE(fs::read_file(temp.path()), Code::invalid);
  REQUIRE(::mkfifo((temp / "fifo").c_str(), 0600) == 0);
  REQUIRE_CODE(fs::read_file(temp / "fifo"), Code::invalid);
  REQUIRE_CODE(fs::read_file("/proc/self/maps", 10), Code::invalid);
}

TEST_CASE("a failed write leaves the old file and no temporary one") {
  test::Temp temp;
  temp.write("dir/inside", "old");
  REQUIRE_CODE(fs::write_file(temp / "dir", "new"), Code::io);
  REQUIRE_CODE(fs::write_file(temp / "none/a", "new"), Code::not_found);
  REQUIRE(entries_in(temp.path()) == 1);
}

TEST_CASE("a full disk is told apart") {
  UniqueFd full(::open("/dev/full", O_WRONLY));
  REQUIRE_CODE(fs::write_all(full.get(), "x"), Code::no_space);
}

TEST_CASE("a write replaces a symlink, not its target") {
  test::Temp temp;
  temp.write("target", "keep");
  stdfs::create_symlink("target", temp / "link");
  REQUIRE_OK(fs::write_file(temp / "link", "new"));
  REQUIRE(*fs::read_file(temp / "target") == "keep");
  REQUIRE(*fs::read_file(temp / "link") == "new");
}

TEST_CASE("the mode is as asked for") {
  test::Temp temp;
  REQUIRE_OK(fs::write_file(temp / "secret", "x", fs::Sync::no, 0600));
  REQUIRE(mode_of(temp / "secret") == 0600);
}

TEST_CASE("writers of one file never mix") {
  test::Temp temp;
  auto write = [&](char c) {
    for (int i = 0; i < 100; ++i)
      if (!fs::write_file(temp / "a", std::string(10'000, c))) return;
  };
  std::jthread one(write, 'a'), two(write, 'b');
  for (int i = 0; i < 200; ++i) {
    Result<std::string> bytes = fs::read_file(temp / "a");
    if (!bytes || *bytes == std::string(10'000, 'a') || *bytes == std::string(10'000, 'b')) continue;
    FAIL("a torn file of " << bytes->size() << " bytes");
  }
}

TEST_CASE("write_all waits for a pipe that does not block") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0);
  UniqueFd out(ends[0]), in(ends[1]);
  size_t received = 0;
  std::jthread reader([&](std::stop_token stop) {
    std::vector<char> buffer(4096);
    while (received < 500'000 && !stop.stop_requested()) {
      ssize_t got = ::read(out.get(), buffer.data(), buffer.size());
      if (got > 0) received += static_cast<size_t>(got);
      if (got < 0) std::this_thread::yield();
    }
  });
  REQUIRE_OK(fs::write_all(in.get(), std::string(500'000, 'x')));
  reader.join();
  REQUIRE(received == 500'000);
}

TEST_CASE("directories are made with their parents, and once more") {
  test::Temp temp;
  REQUIRE_OK(fs::make_directories(temp / "a/b/c/", 0700));
  REQUIRE(mode_of(temp / "a/b") == 0700);
  REQUIRE_OK(fs::make_directories(temp / "a/b/c"));
  temp.write("file", "");
  REQUIRE_CODE(fs::make_directories(temp / "file"), Code::exists);
  REQUIRE_CODE(fs::make_directories(temp / "file/x"), Code::io);
  REQUIRE_CODE(fs::make_directories(""), Code::not_found);
}
