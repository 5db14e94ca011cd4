#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "archive/merged_view.hpp"
#include "archive/overlay_diff.hpp"
#include "layers.hpp"

using namespace tierbuild;
using namespace tierbuild::archive;
using namespace tierbuild::archive::test;

namespace {

UnpackOptions options(Whiteouts whiteouts = Whiteouts::overlay) {
  return {.whiteouts = whiteouts, .user_xattr = !is_root(), .own = is_root()};
}

Result<UnpackResult> unpack(const std::vector<Member>& members, const std::filesystem::path& root,
                            Whiteouts whiteouts = Whiteouts::overlay) {
  UniqueFd blob = scratch_file();
  REQUIRE_OK(write_layer(blob.get(), members));
  return unpack_layer(rewound(blob), root, options(whiteouts));
}

Result<UnpackResult> unpack_raw(const std::string& bytes, const std::filesystem::path& root,
                                Whiteouts whiteouts = Whiteouts::overlay) {
  UniqueFd blob = file_with(bytes);
  return unpack_layer(blob.get(), root, options(whiteouts));
}

bool present(const std::filesystem::path& path) {
  return std::filesystem::symlink_status(path).type() != std::filesystem::file_type::not_found;
}

struct stat info_of(const std::filesystem::path& path) {
  struct stat info;
  INFO(path);
  REQUIRE(::lstat(path.c_str(), &info) == 0);
  return info;
}

bool is_hidden(const std::filesystem::path& path) {
  struct stat info = info_of(path);
  return S_ISCHR(info.st_mode) && info.st_rdev == 0;
}

bool is_opaque(const std::filesystem::path& path) {
  char value = 0;
  return ::lgetxattr(path.c_str(), is_root() ? "trusted.overlay.opaque" : "user.overlay.opaque", &value, 1) ==
             1 &&
         value == 'y';
}

bool needs_root() {
  if (is_root()) return false;
  tierbuild::test::skip("not root");
  return true;
}

}  // namespace

TEST_CASE("what is packed, unpacked and packed again has the same diff id") {
  if (needs_root()) return;
  Temp temp;
  Member capable = file("d/capable", "x", 0755);
  capable.entry.xattrs = {
      {"security.capability", std::string("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20)},
      {"user.note", "n"}};
  Member owned = file("d/owned", "y", 06755);
  owned.entry.uid = 1000;
  owned.entry.gid = 2000;
  Member device = file("d/p-null", "", 0666);
  device.entry.type = EntryType::char_device;
  device.entry.dev_major = 1;
  device.entry.dev_minor = 3;
  Member pipe = file("d/pipe", "", 0640);
  pipe.entry.type = EntryType::fifo;
  Member link = soft_link("d/z", "nowhere");
  link.entry.uid = 5;
  Member deep = directory("e", 01777);
  deep.entry.xattrs["user.directory"] = "1";
  std::vector<Member> members = {directory("d", 0711),
                                 capable,
                                 owned,
                                 device,
                                 pipe,
                                 hard_link("d/twin", "d/capable"),
                                 link,
                                 deep,
                                 directory("e/f", 02750),
                                 file("e/f/big", std::string(2'500'000, 'b')),
                                 file("g\xff\xc3\xa9", "")};
  for (size_t i = 0; i < members.size(); ++i) members[i].entry.mtime = static_cast<int64_t>(1000 + i);
  members[5].entry = {.path = "d/twin",
                      .type = EntryType::hardlink,
                      .mode = 0755,
                      .link = "d/capable",
                      .mtime = 1001,
                      .xattrs = {}};
  UniqueFd blob = scratch_file();
  Result<LayerBlob> first = write_layer(blob.get(), members);
  REQUIRE_OK(first);
  Result<UnpackResult> unpacked = unpack_layer(rewound(blob), temp.path(), options());
  REQUIRE_OK(unpacked);
  REQUIRE(unpacked->diff_id == first->diff_id);
  REQUIRE(unpacked->entries == members.size());
  REQUIRE(unpacked->bytes == 2'500'002);
  REQUIRE(info_of(temp / "d/twin").st_ino == info_of(temp / "d/capable").st_ino);

  UniqueFd again = scratch_file();
  Result<std::optional<LayerBlob>> second = write_tree(again.get(), temp.path(), "", {});
  REQUIRE_OK(second);
  REQUIRE(*second);
  REQUIRE((*second)->diff_id == first->diff_id);
  REQUIRE((*second)->digest == first->digest);
}

TEST_CASE("the umask does not matter") {
  Temp temp;
  mode_t before = ::umask(0777);
  Result<UnpackResult> result =
      unpack({directory("a", 0777), file("a/f", "", 0666), file("b/c/d", "")}, temp.path());
  ::umask(before);
  REQUIRE_OK(result);
  REQUIRE((info_of(temp / "a").st_mode & 07777) == 0777);
  REQUIRE((info_of(temp / "a/f").st_mode & 07777) == 0666);
  REQUIRE((info_of(temp / "b/c").st_mode & 07777) == 0755);
}

TEST_CASE("later members replace earlier ones, a directory only changes") {
  Temp temp;
  auto whiteouts = GENERATE(Whiteouts::overlay, Whiteouts::apply);
  RawTar tar;
  tar.add({.name = "f", .content = "one"}).add({.name = "f", .content = "two"});
  tar.add({.name = "d/", .type = '5', .mode = 0700}).add({.name = "d/inner", .content = "kept"});
  tar.add({.name = "d", .type = '5', .mode = 0711});
  tar.add({.name = "t/", .type = '5'})
      .add({.name = "t/below/deep"})
      .add({.name = "t", .content = "a file now"});
  tar.add({.name = "u"}).add({.name = "u/", .type = '5', .mode = 0750}).add({.name = "u/x"});
  tar.add({.name = "l", .type = '2', .link = "d"}).add({.name = "l", .content = "no link"});
  tar.add({.name = "h", .content = "1"})
      .add({.name = "i", .type = '1', .link = "h"})
      .add({.name = "h", .content = "2"});
  tar.add({.name = "j", .content = "j"}).add({.name = "j", .type = '1', .link = "j"});
  REQUIRE_OK(unpack_raw(tar.str(), temp.path(), whiteouts));
  REQUIRE(slurp(temp / "f") == "two");
  REQUIRE(slurp(temp / "d/inner") == "kept");
  REQUIRE((info_of(temp / "d").st_mode & 07777) == 0711);
  REQUIRE(slurp(temp / "t") == "a file now");
  REQUIRE(present(temp / "u/x"));
  REQUIRE(is_opaque(temp / "u") == (whiteouts == Whiteouts::overlay));
  REQUIRE(slurp(temp / "l") == "no link");
  REQUIRE(slurp(temp / "i") == "1");
  REQUIRE(slurp(temp / "h") == "2");
  REQUIRE(slurp(temp / "j") == "j");
}

TEST_CASE("a directory keeps the time of its member, whatever is put into it later") {
  Temp temp;
  Member top = directory("a");
  top.entry.mtime = 111;
  Member below = directory("a/b");
  below.entry.mtime = 222;
  Member last = file("c", "");
  last.entry.mtime = 333;
  REQUIRE_OK(unpack({top, below, file("a/b/x", ""), file("a/b/y", ""), directory("a/c"), file("a/c/z", ""),
                     last, file("n/o/p", "")},
                    temp.path()));
  REQUIRE(info_of(temp / "a").st_mtim.tv_sec == 111);
  REQUIRE(info_of(temp / "a/b").st_mtim.tv_sec == 222);
  REQUIRE(info_of(temp / "c").st_mtim.tv_sec == 333);
  REQUIRE(info_of(temp / "n").st_mtim.tv_sec == 0);
  REQUIRE(info_of(temp / "n/o").st_mtim.tv_sec == 0);
}

TEST_CASE("symlinked parents are followed inside the root, and made if they dangle") {
  Temp temp;
  std::filesystem::create_directory(temp / "root");
  RawTar tar;
  tar.add({.name = "usr/lib/", .type = '5'}).add({.name = "lib", .type = '2', .link = "usr/lib"});
  tar.add({.name = "lib/one"});
  tar.add({.name = "abs", .type = '2', .link = "/usr/new/place"}).add({.name = "abs/sub/two"});
  tar.add({.name = "up", .type = '2', .link = "../../../usr"}).add({.name = "up/three"});
  REQUIRE_OK(unpack_raw(tar.str(), temp / "root"));
  REQUIRE(present(temp / "root/usr/lib/one"));
  REQUIRE(present(temp / "root/usr/new/place/sub/two"));
  REQUIRE(present(temp / "root/usr/three"));
}

TEST_CASE("symlinks in a circle and files as parents are corrupt") {
  Temp temp;
  REQUIRE_CODE(unpack_raw(RawTar().add({.name = "a", .type = '2', .link = "a"}).add({.name = "a/x"}).str(),
                          temp.path()),
               Code::corrupt);
  REQUIRE_CODE(unpack_raw(RawTar().add({.name = "f"}).add({.name = "f/x"}).str(), temp.path()),
               Code::corrupt);
}

TEST_CASE("whiteouts become overlayfs's own form") {
  if (needs_root()) return;
  Temp temp;
  REQUIRE_OK(unpack({directory("d"), file("d/.wh..wh..opq", ""), file("d/new", ""), directory("e"),
                     file("e/.wh.gone", ""), file("m/n/.wh.o", "")},
                    temp.path()));
  REQUIRE(is_opaque(temp / "d"));
  REQUIRE(present(temp / "d/new"));
  REQUIRE(is_hidden(temp / "e/gone"));
  REQUIRE(is_hidden(temp / "m/n/o"));
  REQUIRE_FALSE(is_opaque(temp / "m/n"));
}

TEST_CASE("the order of a whiteout and what replaces the hidden name does not matter") {
  if (needs_root()) return;
  auto first = GENERATE(true, false);
  Temp temp;
  RawTar tar;
  auto whiteout = [&](bool now) {
    if (now)
      tar.add({.name = ".wh.f"})
          .add({.name = ".wh.d"})
          .add({.name = ".wh.p"})
          .add({.name = "q/.wh..wh..opq"});
  };
  whiteout(first);
  tar.add({.name = "f", .content = "new"}).add({.name = "d/", .type = '5'}).add({.name = "d/x"});
  tar.add({.name = "p/implied"}).add({.name = "q/new"});
  whiteout(!first);
  SECTION("in overlay form") {
    REQUIRE_OK(unpack_raw(tar.str(), temp.path()));
    REQUIRE(slurp(temp / "f") == "new");
    REQUIRE(is_opaque(temp / "d"));
    REQUIRE(is_opaque(temp / "p"));
    REQUIRE(is_opaque(temp / "q"));
  }
  SECTION("carried out on a flat tree") {
    temp.write("f", "old");
    temp.write("d/old", "");
    temp.write("p/old", "");
    temp.write("q/old/deep", "");
    temp.write("kept", "");
    REQUIRE_OK(unpack_raw(tar.str(), temp.path(), Whiteouts::apply));
    REQUIRE(slurp(temp / "f") == "new");
    for (const char* gone : {"d/old", "p/old", "q/old"}) REQUIRE_FALSE(present(temp / gone));
  }
  for (const char* there : {"f", "d/x", "p/implied", "q/new"}) REQUIRE(present(temp / there));
}

TEST_CASE("carried out at once, whiteouts remove trees and spare the rest") {
  Temp temp;
  temp.write("d/old/deep", "");
  temp.write("d/stays", "");
  temp.write("e/all", "");
  temp.write("e/of/it", "");
  std::filesystem::create_directory_symlink("d", temp / "alias");
  struct stat before = info_of(temp / "d");
  REQUIRE_OK(unpack(
      {file("alias/.wh.old", ""), file("e/.wh..wh..opq", ""), file("e/new", ""), file("no/such/.wh.x", "")},
      temp.path(), Whiteouts::apply));
  REQUIRE_FALSE(present(temp / "d/old"));
  REQUIRE(present(temp / "d/stays"));
  REQUIRE(info_of(temp / "d").st_mtim.tv_nsec == before.st_mtim.tv_nsec);
  REQUIRE_FALSE(present(temp / "e/all"));
  REQUIRE_FALSE(present(temp / "e/of"));
  REQUIRE(present(temp / "e/new"));
  REQUIRE_FALSE(present(temp / "no"));
}

TEST_CASE("a 0/0 device in an archive is the whiteout that it would become") {
  if (needs_root()) return;
  Temp temp;
  std::string tar = RawTar().add({.name = "x", .type = '3'}).str();
  temp.write("flat/x", "old");
  std::filesystem::create_directory(temp / "layer");
  REQUIRE_OK(unpack_raw(tar, temp / "layer"));
  REQUIRE(is_hidden(temp / "layer/x"));
  REQUIRE_OK(unpack_raw(tar, temp / "flat", Whiteouts::apply));
  REQUIRE_FALSE(present(temp / "flat/x"));
}

TEST_CASE("whiteouts that name nothing or hold members are corrupt, aufs's bookkeeping is skipped") {
  Temp temp;
  std::filesystem::create_directories(temp / "root/d");
  for (const char* bad : {".wh.", ".wh..", ".wh...", "d/.wh..", "d/.wh...", "d/.wh.x/y"})
    for (Whiteouts whiteouts : {Whiteouts::overlay, Whiteouts::apply})
      REQUIRE_CODE(unpack_raw(RawTar().add({.name = bad}).str(), temp / "root", whiteouts), Code::corrupt);
  REQUIRE(present(temp / "root/d"));
  REQUIRE_OK(unpack({file(".wh..wh.aufs", ""), directory(".wh..wh.plnk"), file(".wh..wh.plnk/1.2", "")},
                    temp / "root"));
  REQUIRE_FALSE(present(temp / "root/.wh..wh.plnk"));
  REQUIRE_FALSE(present(temp / "root/.wh..wh.aufs"));
}

TEST_CASE("hard links need a target in the archive, which is no directory and no whiteout") {
  Temp temp;
  for (const char* target : {"missing", "no/such/file", "d"})
    REQUIRE_CODE(
        unpack_raw(
            RawTar().add({.name = "d/", .type = '5'}).add({.name = "x", .type = '1', .link = target}).str(),
            temp.path()),
        Code::corrupt);
  if (needs_root()) return;
  REQUIRE_CODE(unpack_raw(RawTar().add({.name = ".wh.w"}).add({.name = "x", .type = '1', .link = "w"}).str(),
                          temp.path()),
               Code::corrupt);
}

TEST_CASE("overlayfs's attributes are refused, and a directory loses those that its member does not have") {
  Temp temp;
  for (const char* name :
       {"trusted.overlay.opaque", "user.overlay.redirect", "trusted.overlay.overlay.opaque"}) {
    Member bad = directory("a");
    bad.entry.xattrs[name] = "y";
    REQUIRE_CODE(unpack({bad}, temp.path()), Code::corrupt);
    bad = file("f", "");
    bad.entry.xattrs[name] = "y";
    REQUIRE_CODE(unpack({bad}, temp.path()), Code::corrupt);
  }
  std::filesystem::create_directory(temp / "b");
  REQUIRE(::setxattr((temp / "b").c_str(), "user.old", "1", 1, 0) == 0);
  Member plain = directory("b");
  plain.entry.xattrs["user.new"] = "2";
  REQUIRE_OK(unpack({plain}, temp.path(), Whiteouts::apply));
  REQUIRE(::getxattr((temp / "b").c_str(), "user.old", nullptr, 0) < 0);
  REQUIRE(::getxattr((temp / "b").c_str(), "user.new", nullptr, 0) == 1);
  Member odd = file("f", "");
  odd.entry.xattrs["nonsense"] = "y";
  REQUIRE_CODE(unpack({odd}, temp.path()), Code::io);
}

TEST_CASE("parents that a layer leaves out are as they are below") {
  if (needs_root()) return;
  Temp temp;
  for (const char* name : {"base", "above", "alone"}) std::filesystem::create_directory(temp / name);
  Member root = directory("", 0711);
  root.entry.mtime = 7;
  Member tmp = directory("tmp", 01777);
  tmp.entry.uid = 12;
  REQUIRE_OK(unpack({root, tmp}, temp / "base"));
  MergedView below({temp / "base"});
  UniqueFd blob = scratch_file();
  REQUIRE_OK(write_layer(blob.get(), {file("tmp/new/x", "")}));
  UnpackOptions with_below = options();
  with_below.below = &below;
  REQUIRE_OK(unpack_layer(rewound(blob), temp / "above", with_below));
  REQUIRE((info_of(temp / "above/tmp").st_mode & 07777) == 01777);
  REQUIRE(info_of(temp / "above/tmp").st_uid == 12);
  REQUIRE((info_of(temp / "above/tmp/new").st_mode & 07777) == 0755);
  REQUIRE((info_of(temp / "above").st_mode & 07777) == 0711);
  REQUIRE(info_of(temp / "above").st_mtim.tv_sec == 7);

  ::chmod((temp / "alone").c_str(), 0700);
  REQUIRE_OK(unpack_layer(rewound(blob), temp / "alone", options()));
  REQUIRE((info_of(temp / "alone").st_mode & 07777) == 0755);
  REQUIRE((info_of(temp / "alone/tmp").st_mode & 07777) == 0755);
}

TEST_CASE("a stopped unpack ends with cancelled") {
  Temp temp;
  UniqueFd blob = scratch_file();
  REQUIRE_OK(write_layer(blob.get(), {file("a", "")}));
  std::stop_source stop;
  stop.request_stop();
  REQUIRE_CODE(unpack_layer(rewound(blob), temp.path(), options(), stop.get_token()), Code::cancelled);
  REQUIRE_FALSE(present(temp / "a"));
}

TEST_CASE("a root that does not exist is not_found") {
  Temp temp;
  REQUIRE_CODE(unpack({}, temp / "none"), Code::not_found);
}
