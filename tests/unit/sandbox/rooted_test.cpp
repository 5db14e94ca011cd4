#include "sandbox/rooted.hpp"

#include <sys/stat.h>

#include "support/temp.hpp"

namespace tierbuild::sandbox {
namespace {

namespace stdfs = std::filesystem;

struct World {
  test::Temp temp;
  World() { stdfs::create_directories(temp / "root" / "etc"); }
  stdfs::path root() const { return temp / "root"; }
  Rooted open() const { return Rooted::open(root()).value(); }
  void link(const std::string& text, const std::string& name) const {
    stdfs::create_symlink(text, root() / name);
  }
};

std::vector<std::string> paths(const std::vector<Stub>& stubs) {
  std::vector<std::string> out;
  for (const Stub& stub : stubs) out.push_back(stub.path);
  return out;
}

}  // namespace

TEST_CASE("symlinks and dots resolve within the root") {
  World world;
  world.temp.write("root/etc/real", "x");
  world.link("/etc", "abs");
  world.link("../../../../etc", "up");
  world.link("abs/real", "chain");
  Rooted root = world.open();
  for (const char* path : {"/etc/real", "etc//./real", "/../../etc/real", "/abs/real", "/up/real", "/chain",
                           "/up/../etc/real"}) {
    CAPTURE(path);
    auto place = root.find(path);
    REQUIRE_OK(place);
    CHECK(place->path == "/etc/real");
  }
  CHECK(root.find("/")->path == "/");
  CHECK(root.find("..")->path == "/");
}

TEST_CASE("what is not there, loops and passes through files is an error") {
  World world;
  world.temp.write("root/file", "x");
  world.link("b", "a");
  world.link("a", "b");
  Rooted root = world.open();
  REQUIRE_CODE(root.find("/none"), Code::not_found);
  REQUIRE_CODE(root.find("/a"), Code::io);
  REQUIRE_CODE(root.find("/file/x"), Code::io);
  std::vector<Stub> made;
  REQUIRE_CODE(root.find_or_make_file("/file/x", &made), Code::io);
  CHECK(made.empty());
}

TEST_CASE("missing places are made with their parents, also where a symlink dangles to") {
  World world;
  world.link("../run/systemd/resolv.conf", "etc/resolv.conf");
  Rooted root = world.open();
  std::vector<Stub> made;
  CHECK(root.find_or_make_file("/etc/resolv.conf", &made)->path == "/run/systemd/resolv.conf");
  CHECK(paths(made) == std::vector<std::string>{"run", "run/systemd", "run/systemd/resolv.conf"});
  CHECK(stdfs::is_regular_file(world.root() / "run/systemd/resolv.conf"));
  made.clear();
  CHECK(root.find_or_make_directory("/a/b", &made)->path == "/a/b");
  CHECK(root.find_or_make_directory("/a/b", &made)->path == "/a/b");
  CHECK(paths(made) == std::vector<std::string>{"a", "a/b"});
}

TEST_CASE("an absolute symlink never makes anything outside") {
  World world;
  stdfs::create_directory(world.temp / "outside");
  world.link((world.temp / "outside").string() + "/new", "out");
  std::vector<Stub> made;
  REQUIRE_OK(world.open().find_or_make_directory("/out", &made));
  CHECK(stdfs::is_empty(world.temp / "outside"));
}

TEST_CASE("stubs are removed and the directory above gets its time back") {
  World world;
  Rooted root = world.open();
  stdfs::file_time_type then = stdfs::last_write_time(world.root() / "etc") - std::chrono::hours(1);
  stdfs::last_write_time(world.root() / "etc", then);
  std::vector<Stub> made;
  REQUIRE_OK(root.find_or_make_file("/etc/hosts", &made));
  REQUIRE_OK(root.find_or_make_file("/etc/resolv.conf", &made));
  for (auto stub = made.rbegin(); stub != made.rend(); ++stub) root.remove(*stub);
  CHECK(stdfs::is_empty(world.root() / "etc"));
  CHECK(stdfs::last_write_time(world.root() / "etc") == then);
}

TEST_CASE("stubs that somebody used stay, and so does what a symlink has put in their place") {
  World world;
  Rooted root = world.open();
  std::vector<Stub> made;
  REQUIRE_OK(root.find_or_make_file("/etc/hosts", &made));
  REQUIRE_OK(root.find_or_make_directory("/data/sub", &made));
  REQUIRE_OK(root.find_or_make_file("/moved/file", &made));
  world.temp.write("root/etc/hosts", "mine");
  world.temp.write("root/data/sub/file", "mine");
  stdfs::rename(world.root() / "moved", world.root() / "elsewhere");
  world.link("elsewhere", "moved");
  for (auto stub = made.rbegin(); stub != made.rend(); ++stub) root.remove(*stub);
  CHECK(stdfs::exists(world.root() / "etc/hosts"));
  CHECK(stdfs::exists(world.root() / "data/sub/file"));
  CHECK(stdfs::exists(world.root() / "elsewhere/file"));
  CHECK(stdfs::is_symlink(world.root() / "moved"));
}

TEST_CASE("only regular files within the limit are read") {
  World world;
  world.temp.write("root/etc/passwd", "text");
  world.temp.write("secret", "host");
  world.link((world.temp / "secret").string(), "etc/link");
  REQUIRE(::mkfifo((world.root() / "etc/fifo").c_str(), 0600) == 0);
  Rooted root = world.open();
  CHECK(root.read("/etc/passwd", 100).value() == "text");
  CHECK(root.read("/etc/none", 100).value().empty());
  CHECK(root.read("/etc/link", 100).value().empty());
  CHECK(root.read("/etc/fifo", 100).value().empty());
  CHECK(root.read("/etc", 100).value().empty());
  REQUIRE_CODE(root.read("/etc/passwd", 3), Code::invalid);
}

}  // namespace tierbuild::sandbox
