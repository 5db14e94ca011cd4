#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/file.hpp"
#include "support/temp.hpp"

using namespace tierbuild;
namespace stdfs = std::filesystem;

namespace {

constexpr int kSkipped = 77;

/// Runs the body in a child process and gives its exit code.
template <class Body>
int in_child(Body body) {
  pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("a tree is removed with all it holds") {
  test::Temp temp;
  temp.write("t/a/b/c", "x");
  temp.write("t/a/d", "x");
  stdfs::create_directories(temp / "t/empty/dir");
  REQUIRE(::mkfifo((temp / "t/fifo").c_str(), 0600) == 0);
  REQUIRE_OK(fs::remove_tree(temp / "t/"));
  REQUIRE_FALSE(stdfs::exists(temp / "t"));
  REQUIRE_OK(fs::remove_tree(temp / "t"));
  temp.write("file", "x");
  REQUIRE_OK(fs::remove_tree(temp / "file"));
  REQUIRE_FALSE(stdfs::exists(temp / "file"));
}

TEST_CASE("a symlink is removed, never what it points to") {
  test::Temp temp;
  temp.write("keep/file", "x");
  stdfs::create_directories(temp / "t");
  stdfs::create_symlink("../keep", temp / "t/inside");
  stdfs::create_symlink("keep", temp / "link");
  REQUIRE_OK(fs::remove_tree(temp / "t"));
  REQUIRE_OK(fs::remove_tree(temp / "link/"));
  REQUIRE(stdfs::exists(temp / "keep/file"));
  REQUIRE_FALSE(stdfs::is_symlink(temp / "link"));
}

TEST_CASE("names that stand for other directories are refused") {
  test::Temp temp;
  temp.write("a/b", "x");
  for (const char* name : {"", "/", ".", "..", "a/..", "a/."})
    REQUIRE_CODE(fs::remove_tree(name), Code::invalid);
}

TEST_CASE("a tree deeper than descriptors and path names allow is removed and measured") {
  test::Temp temp;
  const std::string name(100, 'd');
  stdfs::create_directories(temp / "deep");
  UniqueFd at(::open((temp / "deep").c_str(), O_RDONLY | O_DIRECTORY));
  for (int i = 0; i < 80; ++i) {
    REQUIRE(::mkdirat(at.get(), name.c_str(), 0755) == 0);
    at.reset(::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY));
    REQUIRE(at);
  }
  at.reset();
  int code = in_child([&] {
    rlimit few{48, 48};
    if (::setrlimit(RLIMIT_NOFILE, &few) != 0) return 1;
    Result<uint64_t> whole = fs::disk_usage(temp / "deep"), part = fs::disk_usage(temp / ("deep/" + name));
    if (!whole || !part || *whole < *part) return 2;
    return fs::remove_tree(temp / "deep") ? 0 : 3;
  });
  REQUIRE(code == 0);
  REQUIRE_FALSE(stdfs::exists(temp / "deep"));
}

TEST_CASE("directories without permissions are removed by their owner") {
  test::Temp temp;
  int code = in_child([&] {
    if (::chmod(temp.path().c_str(), 0777) != 0) return kSkipped;
    if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return kSkipped;
    temp.write("t/closed/file", "x");
    temp.write("t/readonly/file", "x");
    ::chmod((temp / "t/closed").c_str(), 0);
    ::chmod((temp / "t/readonly").c_str(), 0500);
    ::chmod((temp / "t").c_str(), 0300);
    if (::open((temp / "t/closed").c_str(), O_RDONLY) >= 0) return kSkipped;
    return fs::remove_tree(temp / "t") && !stdfs::exists(temp / "t") ? 0 : 1;
  });
  if (code == kSkipped) test::skip("this host does not let a test give up its rights");
  REQUIRE((code == 0 || code == kSkipped));
}

TEST_CASE("what is mounted in a tree is neither entered nor emptied") {
  test::Temp temp;
  temp.write("keep/file", "x");
  temp.write("t/other", "x");
  stdfs::create_directories(temp / "t/mount");
  int code = in_child([&] {
    if (::unshare(CLONE_NEWNS) != 0) return kSkipped;
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return kSkipped;
    if (::mount((temp / "keep").c_str(), (temp / "t/mount").c_str(), nullptr, MS_BIND, nullptr) != 0)
      return kSkipped;
    Status status = fs::remove_tree(temp / "t");
    if (status || status.error().str().find("mount point") == std::string::npos) return 1;
    if (fs::remove_tree(temp / "t/mount")) return 2;
    return stdfs::exists(temp / "t/mount/file") && !stdfs::exists(temp / "t/other") ? 0 : 3;
  });
  if (code == kSkipped) test::skip("this host does not let a test mount");
  REQUIRE((code == 0 || code == kSkipped));
  REQUIRE(stdfs::exists(temp / "keep/file"));
}

TEST_CASE("disk usage counts hard links once and holes not at all") {
  test::Temp temp;
  temp.write("t/a", std::string(100'000, 'x'));
  uint64_t one = *fs::disk_usage(temp / "t");
  REQUIRE(one >= 100'000);
  stdfs::create_hard_link(temp / "t/a", temp / "t/b");
  stdfs::create_symlink("/usr", temp / "t/link");
  temp.write("t/hole", "");
  stdfs::resize_file(temp / "t/hole", 50'000'000);
  REQUIRE(*fs::disk_usage(temp / "t") < one + 50'000);
  REQUIRE_CODE(fs::disk_usage(temp / "none"), Code::not_found);
}

TEST_CASE("a temporary directory goes with its object") {
  test::Temp temp;
  stdfs::path first, second;
  {
    auto one = fs::TempDir::make(temp.path(), "work");
    auto two = fs::TempDir::make(temp.path(), "work");
    REQUIRE_OK(one);
    REQUIRE_OK(two);
    first = one->path();
    second = two->path();
    REQUIRE(first.filename().string().starts_with("work-"));
    REQUIRE((static_cast<unsigned>(stdfs::status(first).permissions()) & 0777) == 0700);
    std::ofstream(first / "file") << "x";
    *one = std::move(*two);
    REQUIRE_FALSE(stdfs::exists(first));
    REQUIRE(stdfs::exists(second));
  }
  REQUIRE_FALSE(stdfs::exists(second));
  stdfs::path kept = fs::TempDir::make(temp.path(), "kept")->release();
  REQUIRE(stdfs::exists(kept));
  REQUIRE_CODE(fs::TempDir::make(temp / "none", "x"), Code::not_found);
}
