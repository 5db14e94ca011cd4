// Archives that want out, reliability.md's attacks on tar: nothing outside the root may change.
#include <sys/stat.h>

#include <atomic>
#include <random>
#include <thread>

#include "layers.hpp"

using namespace tierbuild;
using namespace tierbuild::archive;
using namespace tierbuild::archive::test;

namespace {

/// A root to unpack into, and things of the host around it that must stay as they are.
class Host {
 public:
  Host() {
    temp_.write("host/canary", "alive");
    temp_.write("host/etc/passwd", "root:x:0:0");
    temp_.write("root/.keep", "");
    std::filesystem::create_symlink("canary", temp_ / "host/link");
    before_ = describe(temp_ / "host", Times::ignore);
  }

  std::filesystem::path root() const { return temp_ / "root"; }
  std::string outside(const std::string& name = "") const { return (temp_ / "host").native() + name; }

  /// What unpacking did outside of the root: nothing, or a report.
  std::string damage() const {
    std::string text = difference(before_, describe(temp_ / "host", Times::ignore));
    for (const auto& entry : std::filesystem::directory_iterator(temp_.path()))
      if (entry.path().filename() != "host" && entry.path().filename() != "root")
        text += "new: " + entry.path().native() + '\n';
    // A link to a file of the host would let the next writer in.
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root()))
      if (!entry.is_symlink() && entry.is_regular_file() &&
          std::filesystem::equivalent(entry.path(), outside("/canary")))
        text += "linked: " + entry.path().native() + '\n';
    return text;
  }

  void clear() const {
    for (const auto& entry : std::filesystem::directory_iterator(root()))
      std::filesystem::remove_all(entry.path());
  }

  Result<UnpackResult> unpack(const RawTar& tar, Whiteouts whiteouts) const {
    UniqueFd blob = file_with(tar.str());
    return unpack_layer(blob.get(), root(),
                        {.whiteouts = whiteouts, .user_xattr = !is_root(), .own = is_root()});
  }

 private:
  Temp temp_;
  std::map<std::string, std::string> before_;
};

}  // namespace

TEST_CASE("names that leave the root are corrupt") {
  Host host;
  for (const char* name :
       {"..", "../x", "../host/canary", "a/../../host/canary", "/../host/canary", "./../x", "a/../.."})
    for (char type : {'0', '1', '2', '5'}) {
      INFO(name << " as " << type);
      REQUIRE_CODE(host.unpack(RawTar().add({.name = name, .type = type, .link = "x"}), Whiteouts::overlay),
                   Code::corrupt);
    }
  REQUIRE_CODE(
      host.unpack(RawTar().add({.name = "x", .type = '1', .link = "../host/canary"}), Whiteouts::overlay),
      Code::corrupt);
  REQUIRE(host.damage() == "");
}

TEST_CASE("the root itself is a directory or corrupt") {
  Host host;
  for (const char* name : {".", "./", "/", "a/..", "././."})
    for (char type : {'0', '1', '2', '3', '6'}) {
      INFO(name << " as " << type);
      // Old writers end the names of directories with a slash, whatever their type says.
      if (type == '0' && std::string_view(name).ends_with('/')) continue;
      REQUIRE_CODE(
          host.unpack(RawTar().add({.name = name, .type = type, .link = host.outside()}), Whiteouts::overlay),
          Code::corrupt);
    }
  REQUIRE(std::filesystem::is_directory(host.root()));
  REQUIRE_FALSE(std::filesystem::is_symlink(host.root()));
}

TEST_CASE("absolute names land inside the root") {
  Host host;
  REQUIRE_OK(
      host.unpack(RawTar().add({.name = host.outside("/canary"), .content = "evil"}), Whiteouts::overlay));
  REQUIRE(slurp(host.root().native() + host.outside("/canary")) == "evil");
  REQUIRE(host.damage() == "");
}

TEST_CASE("hard links never reach a file of the host") {
  Host host;
  for (const std::string& target :
       {host.outside("/canary"), std::string("out/canary"), std::string("abs/canary"),
        std::string("up/host/canary"), std::string("file"), "proc/self/root" + host.outside("/canary")}) {
    RawTar tar;
    tar.add({.name = "out", .type = '2', .link = host.outside()});
    tar.add({.name = "abs", .type = '2', .link = host.outside("/etc/..")});
    tar.add({.name = "up", .type = '2', .link = ".."});
    tar.add({.name = "file", .type = '2', .link = host.outside("/canary")});
    tar.add({.name = "proc", .type = '2', .link = "/proc"});
    tar.add({.name = "mine", .type = '1', .link = target});
    tar.add({.name = "mine", .content = "evil"});
    for (Whiteouts whiteouts : {Whiteouts::overlay, Whiteouts::apply}) {
      (void)host.unpack(tar, whiteouts);
      REQUIRE(host.damage() == "");
      host.clear();
    }
  }
}

TEST_CASE("five hundred archives of links, whiteouts and members through them change nothing outside") {
  Host host;
  std::mt19937 random(20250101);
  auto pick = [&](const std::vector<std::string>& from) { return from[random() % from.size()]; };
  std::vector<std::string> names = {"a",
                                    "b",
                                    "a/b",
                                    "b/a",
                                    "a/b/c",
                                    "./a",
                                    "a//b",
                                    "b/./a",
                                    "a/../b",
                                    "/a",
                                    "a/.wh.b",
                                    ".wh.a",
                                    "b/.wh..wh..opq",
                                    ".wh..wh..opq",
                                    "a/canary",
                                    "b/host/canary",
                                    "a/etc/passwd",
                                    "a/link",
                                    "b/root/a",
                                    std::string(90, 'n')};
  std::vector<std::string> targets = {host.outside(),
                                      host.outside("/canary"),
                                      host.outside("/etc"),
                                      "..",
                                      "../..",
                                      "../host",
                                      "../host/canary",
                                      "/",
                                      "a",
                                      "b",
                                      "/proc/self/root",
                                      "/proc/self/cwd",
                                      "/proc/self/fd/3",
                                      ".",
                                      "a/../../host",
                                      "/..",
                                      "../root/../host",
                                      "link"};
  int succeeded = 0;
  for (int round = 0; round < 500; ++round) {
    RawTar tar;
    size_t count = 2 + random() % 7;
    for (size_t i = 0; i < count; ++i) {
      RawTar::Member member{.name = pick(names), .type = "0112225360"[random() % 10]};
      member.link = pick(targets);
      if (member.type == '0') member.content = "evil";
      if (member.type == '3') member.major = 1, member.minor = random() % 8;
      member.mode = random() & 07777;
      if (random() % 4 == 0) member.pax = {{"path", pick(names)}};
      if (random() % 4 == 0) member.pax.emplace_back("linkpath", pick(targets));
      if (random() % 9 == 0) member.pax.emplace_back("SCHILY.xattr.user.evil", "1");
      tar.add(member);
    }
    for (Whiteouts whiteouts : {Whiteouts::overlay, Whiteouts::apply}) {
      Result<UnpackResult> result = host.unpack(tar, whiteouts);
      succeeded += static_cast<bool>(result);
      if (!result) {
        INFO(result.error().str());
        Code code = result.error().code();
        bool known = code == Code::corrupt || code == Code::denied || code == Code::io;
        REQUIRE(known);
      }
      INFO("round " << round);
      REQUIRE(host.damage() == "");
    }
    if (random() % 2) host.clear();
  }
  REQUIRE(succeeded > 100);  // else nothing was tried
}

TEST_CASE("a thread that swaps directories for symlinks meanwhile gets nothing out") {
  Host host;
  std::filesystem::create_directory(host.root() / "dir");
  std::filesystem::create_directory_symlink(host.outside(), host.root() / "evil");
  std::atomic<bool> stop = false;
  std::jthread attacker([&] {
    std::string one = (host.root() / "dir").native(), two = (host.root() / "evil").native();
    while (!stop) ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, two.c_str(), RENAME_EXCHANGE);
  });
  RawTar tar;
  for (int i = 0; i < 20; ++i) {
    std::string number = std::to_string(i);
    tar.add({.name = "dir/canary", .content = "evil", .mode = 0777});
    tar.add({.name = "dir/d" + number + '/', .type = '5', .mode = 0777});
    tar.add({.name = "other" + number});
    tar.add({.name = "dir/l" + number, .type = '1', .link = "evil/canary"});
    tar.add({.name = "other", .type = '2', .link = "dir"});
    tar.add({.name = "dir/.wh.canary"});
    tar.add({.name = "evil/etc/.wh..wh..opq"});
    tar.add({.name = "other/new", .content = "evil"});
  }
  for (int i = 0; i < 200; ++i) (void)host.unpack(tar, i % 2 ? Whiteouts::apply : Whiteouts::overlay);
  stop = true;
  attacker.join();
  std::error_code ignored;
  if (std::filesystem::is_symlink(host.root() / "dir")) std::filesystem::remove(host.root() / "dir", ignored);
  REQUIRE(host.damage() == "");
}

TEST_CASE("members beyond the cap are not unpacked") {
  auto whiteouts = GENERATE(Whiteouts::overlay, Whiteouts::apply);
  Host host;
  RawTar tar;
  for (int i = 0; i < 60; ++i) tar.add({.name = "d" + std::to_string(i) + "/f", .type = '5'});
  UniqueFd blob = file_with(tar.str());
  Result<UnpackResult> result = unpack_layer(
      blob.get(), host.root(), {.limits = {.entries = 40}, .whiteouts = whiteouts, .own = is_root()});
  REQUIRE_CODE(result, Code::corrupt);
  REQUIRE(result.error().str().find("`entries`") != std::string::npos);
}

TEST_CASE("owners that mean something else to chown are corrupt") {
  Host host;
  for (const char* id : {"4294967295", "-1", "99999999999999"})
    for (const char* key : {"uid", "gid"})
      REQUIRE_CODE(host.unpack(RawTar().add({.name = "f", .pax = {{key, id}}}), Whiteouts::overlay),
                   Code::corrupt);
}
