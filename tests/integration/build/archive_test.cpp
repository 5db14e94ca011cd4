// ADD of archives.
#include <cstdlib>

#include "integration/build/workshop.hpp"

using namespace tierbuild;
using test::Lines;
using test::Workshop;

namespace {

void shell(const std::string& command) {
  INFO(command);
  REQUIRE(std::system(command.c_str()) == 0);
}

/// Packs what lies in `from` into an archive of the context.
void pack(const Workshop& shop, const std::string& name, const std::string& options,
          const std::string& what) {
  shell(fmt::format("cd {} && tar --owner=11 --group=12 --numeric-owner {} -f {} {}",
                    (shop.temp() / "pack").string(), options, (shop.context() / name).string(), what));
}

graph::Place add(const Workshop& shop, const std::string& name, const std::string& to) {
  graph::Place place = shop.copy({name, to});
  place.items[0].unpack = true;
  return place;
}

}  // namespace

TEST_CASE("an archive is known by its content and unpacked with its owners") {
  Workshop shop;
  shop.temp().write("pack/d/one", "1");
  shop.temp().write("pack/d/large", std::string(10'000, 'x'));
  const Lines expected{"to/ 755 0:0", "to/d/ 755 11:12", "to/d/large 644 11:12 " + std::string(10'000, 'x'),
                       "to/d/one 644 11:12 1"};
  for (const char* option : {"-c", "-cz", "-cj", "-cJ", "-c --zstd"}) {
    INFO(option);
    pack(shop, "archive", option, "d");
    REQUIRE(shop.tree(shop.on(shop.scratch(), add(shop, "archive", "/to"))) == expected);
  }
  // Without being asked to, or if it is none, it is a file like others.
  REQUIRE(shop.tree(shop.copied(shop.scratch(), {"archive", "/to"})).size() == 1);
  shop.file("plain.tar", "no archive");
  REQUIRE(shop.tree(shop.on(shop.scratch(), add(shop, "plain.tar", "/x"))) == Lines{"x 644 0:0 no archive"});
  shell("printf text | gzip > " + (shop.context() / "text.gz").string());
  REQUIRE(shop.tree(shop.on(shop.scratch(), add(shop, "text.gz", "/"))).size() == 1);
}

TEST_CASE("an archive is merged into the image, and everything belongs to whom is said") {
  Workshop shop;
  shop.file("base/etc/old", "old");
  shop.file("base/bin/tool", "t");
  shop.link("base/lib", "usr/lib");
  graph::StackId base = shop.copied(shop.scratch(), {"base", "/"});
  shop.temp().write("pack/etc/new", "new");
  shop.temp().write("pack/lib/x", "x");
  shop.temp().write("pack/bin", "file");
  std::filesystem::create_hard_link(shop.temp() / "pack/etc/new", shop.temp() / "pack/etc/same");
  std::filesystem::create_symlink("new", shop.temp() / "pack/etc/link");
  pack(shop, "a.tar", "-c --mode=u=rwX,go=", "etc/new etc/same etc/link lib/x bin");
  graph::Place place = add(shop, "a.tar", "/");
  REQUIRE(shop.tree(shop.on(base, place)) == Lines{"bin 600 11:12 file", "etc/ 755 0:0", "etc/link -> new",
                                                   "etc/new 600 11:12 new", "etc/old 644 0:0 old",
                                                   "etc/same 600 11:12 new", "lib -> usr/lib", "usr/ 755 0:0",
                                                   "usr/lib/ 755 0:0", "usr/lib/x 600 11:12 x"});
  place.owner = "5";
  REQUIRE(shop.tree(shop.on(base, place))[3] == "etc/new 600 5:5 new");
  // A directory that the archive itself has takes the place of a symlink.
  pack(shop, "b.tar", "-c", "lib");
  REQUIRE(shop.tree(shop.on(base, add(shop, "b.tar", "/")), "lib") ==
          Lines{"lib/ 755 11:12", "lib/x 644 11:12 x"});
}

TEST_CASE("an archive does not lead out of where it is unpacked") {
  Workshop shop;
  shop.file("base/etc/passwd", "root");
  graph::StackId base = shop.copied(shop.scratch(), {"base", "/"});
  shop.temp().write("pack/evil", "evil");
  pack(shop, "up.tar", "-cP --transform=s,evil,../../etc/passwd,", "evil");
  REQUIRE_FALSE(shop.build(shop.on(base, add(shop, "up.tar", "/app/"))).ok());
  // Symlinks are taken as if the directory were the root.
  std::filesystem::create_symlink("/etc", shop.temp() / "pack/l");
  shell(fmt::format(
      "cd {} && tar -cf {} l && mkdir -p x/l && echo evil > x/l/passwd && tar -C x -rf {} l/passwd",
      (shop.temp() / "pack").string(), (shop.context() / "link.tar").string(),
      (shop.context() / "link.tar").string()));
  graph::StackId image = shop.on(base, add(shop, "link.tar", "/app/"));
  REQUIRE(shop.tree(image, "etc/passwd") == Lines{"etc/passwd 644 0:0 root"});
  REQUIRE(shop.tree(image, "app/etc/passwd") == Lines{"app/etc/passwd 644 0:0 evil\n"});
  shop.temp().write("pack/.wh.etc", "");
  pack(shop, "whiteout.tar", "-c", ".wh.etc");
  REQUIRE(shop.error(shop.on(base, add(shop, "whiteout.tar", "/"))).find(".wh.etc") != std::string::npos);
}
