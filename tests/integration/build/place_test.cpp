// COPY and WORKDIR: where files land, whose they are and with which modes.
#include "integration/build/workshop.hpp"

using namespace tierbuild;
using test::Lines;
using test::Workshop;

namespace {

graph::Place with(graph::Place place, const std::function<void(graph::Place&)>& change) {
  change(place);
  return place;
}

}  // namespace

TEST_CASE("a file lands under its own name in a directory and under the given one elsewhere") {
  Workshop shop;
  shop.file("a.txt", "a");
  shop.file("run.sh", "b", 0751);
  graph::StackId image = shop.copied(shop.scratch(), {"a.txt", "/etc/"});
  image = shop.copied(image, {"a.txt", "/etc"});
  image = shop.copied(image, {"run.sh", "/bin/start"});
  REQUIRE(shop.tree(image) ==
          Lines{"bin/ 755 0:0", "bin/start 751 0:0 b", "etc/ 755 0:0", "etc/a.txt 644 0:0 a"});
}

TEST_CASE("a directory gives its content, and new directories have the usual mode") {
  Workshop shop;
  shop.file("src/one", "1");
  shop.file("src/deep/two", "2", 0600);
  shop.mode("src", 0700);
  shop.mode("src/deep", 0750);
  graph::StackId image = shop.copied(shop.scratch(), {"src", "/app"});
  REQUIRE(shop.tree(image) ==
          Lines{"app/ 755 0:0", "app/deep/ 750 0:0", "app/deep/two 600 0:0 2", "app/one 644 0:0 1"});
  // Onto a directory that is there: its own mode stays, that of directories in it does not.
  graph::StackId base = shop.on(shop.scratch(), with(shop.copy({"src/one", "/app/deep/old"}),
                                                     [](graph::Place& place) { place.owner = "7:8"; }));
  REQUIRE(shop.tree(shop.copied(base, {"src", "/app/"})) ==
          Lines{"app/ 755 7:8", "app/deep/ 750 0:0", "app/deep/old 644 7:8 1", "app/deep/two 600 0:0 2",
                "app/one 644 0:0 1"});
}

TEST_CASE("owners and modes are those that are asked for") {
  Workshop shop;
  shop.file("a", "a");
  shop.file("tool", "t", 0755);
  shop.file("passwd", "app:x:1000:1001::/:/bin/sh\n");
  shop.file("group", "staff:x:50:\n");
  graph::StackId base = shop.copied(shop.scratch(), {"passwd", "group", "/etc/"});
  auto made = [&](const std::string& owner, const std::string& mode) {
    graph::Place place = shop.copy({"a", "tool", "/new/dir/"});
    place.owner = owner;
    place.mode = mode;
    return shop.layer(shop.on(base, place));
  };
  REQUIRE(made("app", "") == Lines{"new/ 755 1000:1001", "new/dir/ 755 1000:1001",
                                   "new/dir/a 644 1000:1001 a", "new/dir/tool 755 1000:1001 t"});
  REQUIRE(made("5", "")[2] == "new/dir/a 644 5:5 a");
  REQUIRE(made("5:staff", "")[2] == "new/dir/a 644 5:50 a");
  REQUIRE(made("nobody-knows", "")[2] == "new/dir/a 644 0:0 a");
  REQUIRE(made("", "0711") ==
          Lines{"new/ 711 0:0", "new/dir/ 711 0:0", "new/dir/a 711 0:0 a", "new/dir/tool 711 0:0 t"});
  REQUIRE(made("", "g+w,o-r") ==
          Lines{"new/ 755 0:0", "new/dir/ 755 0:0", "new/dir/a 660 0:0 a", "new/dir/tool 771 0:0 t"});
}

TEST_CASE("symlinks of the image are followed to where a file lands, and kept when they are copied") {
  Workshop shop;
  shop.file("tree/usr/lib/x", "x");
  shop.link("tree/lib", "usr/lib");
  shop.link("tree/data", "/var/data");
  shop.file("f", "f");
  graph::StackId base = shop.copied(shop.scratch(), {"tree/", "/"});
  REQUIRE(shop.tree(base) == Lines{"data -> /var/data", "lib -> usr/lib", "usr/ 755 0:0", "usr/lib/ 755 0:0",
                                   "usr/lib/x 644 0:0 x"});
  REQUIRE(shop.layer(shop.copied(base, {"f", "/lib"})) ==
          Lines{"usr/ 755 0:0", "usr/lib/ 755 0:0", "usr/lib/f 644 0:0 f"});
  REQUIRE(shop.layer(shop.copied(base, {"f", "/data/"})) ==
          Lines{"var/ 755 0:0", "var/data/ 755 0:0", "var/data/f 644 0:0 f"});
  // A directory never replaces a link, as the files of the image behind it would be lost.
  shop.file("other/lib/y", "y");
  REQUIRE(shop.error(shop.copied(base, {"other/", "/"})).find("'/lib'") != std::string::npos);
}

TEST_CASE("a symlink that is named is followed, and one in a directory is not") {
  Workshop shop;
  shop.file("real/f", "f");
  shop.link("l", "real/f");
  shop.link("dirlink", "/real");
  shop.link("real/inner", "f");
  graph::StackId base = shop.scratch();
  REQUIRE(shop.tree(shop.copied(base, {"l", "/x"})) == Lines{"x 644 0:0 f"});
  REQUIRE(shop.tree(shop.copied(base, {"l", "/d/"}))[1] == "d/l 644 0:0 f");
  REQUIRE(shop.tree(shop.copied(base, {"dirlink/f", "/x"})) == Lines{"x 644 0:0 f"});
  REQUIRE(shop.tree(shop.copied(base, {"dirlink", "/r"})) ==
          Lines{"r/ 755 0:0", "r/f 644 0:0 f", "r/inner -> f"});
  REQUIRE(shop.tree(shop.copied(base, {"l*", "/w/"})) == Lines{"w/ 755 0:0", "w/l 644 0:0 f"});
  // Nothing leads out of the context.
  shop.link("out", "../../../etc/passwd");
  REQUIRE(shop.error(shop.copied(base, {"out", "/x"})).find("no 'out'") != std::string::npos);
  REQUIRE(shop.tree(shop.copied(base, {"../../real/f", "/x"})) == Lines{"x 644 0:0 f"});
}

TEST_CASE("wildcards are those of Go: a star stays within a name, and nothing may match") {
  Workshop shop;
  for (const char* name : {"a.txt", "b.txt", "c.md", "sub/d.txt", "dir1/e", "dir2/f", "ab"})
    shop.file(name, name);
  graph::StackId base = shop.scratch();
  REQUIRE(shop.tree(shop.copied(base, {"*.txt", "/t/"})) ==
          Lines{"t/ 755 0:0", "t/a.txt 644 0:0 a.txt", "t/b.txt 644 0:0 b.txt"});
  REQUIRE(shop.tree(shop.copied(base, {"dir?", "/t/"})) ==
          Lines{"t/ 755 0:0", "t/e 644 0:0 dir1/e", "t/f 644 0:0 dir2/f"});
  REQUIRE(shop.tree(shop.copied(base, {"**/d.txt", "/t/"}))[1] == "t/d.txt 644 0:0 sub/d.txt");
  REQUIRE(shop.tree(shop.copied(base, {"[!a]*.md", "/t/"})) == Lines{});
  REQUIRE(shop.tree(shop.copied(base, {"[^a]*.md", "/t/"}))[1] == "t/c.md 644 0:0 c.md");
  REQUIRE(shop.tree(shop.copied(base, {"*.nothing", "/t/"})) == Lines{});
  REQUIRE(shop.error(shop.copied(base, {"nothing", "/t/"})).find("no 'nothing'") != std::string::npos);
}

TEST_CASE("what the ignore file leaves out is not there, and what is left is as it is on disk") {
  Workshop shop;
  shop.file("keep/a", "a");
  shop.file("keep/b.log", "b");
  shop.file(".git/HEAD", "ref");
  shop.file("secret", "s");
  graph::Place place;
  place.items.push_back({shop.source(".", {"# comment", "secret", "**/*.log", "!keep/b.log"}), "", false});
  place.to = "/src/";
  REQUIRE(shop.tree(shop.on(shop.scratch(), place)) ==
          Lines{"src/ 755 0:0", "src/.git/ 755 0:0", "src/.git/HEAD 644 0:0 ref", "src/keep/ 755 0:0",
                "src/keep/a 644 0:0 a", "src/keep/b.log 644 0:0 b"});
  place.items[0].source = shop.source("secret", {"secret"});
  REQUIRE(shop.error(shop.on(shop.scratch(), place)).find("no 'secret'") != std::string::npos);
}

TEST_CASE("only what a pattern matches is a reason to copy again") {
  Workshop shop;
  shop.file("src/a.c", "1");
  shop.file("src/b.h", "1");
  graph::StackId image = shop.copied(shop.scratch(), {"src/*.c", "/src/"});
  shop.build(image);
  shop.file("src/b.h", "2");
  shop.file("src/new.h", "2");
  REQUIRE(shop.build(image).ran == 0);
  shop.mode("src/a.c", 0600);
  REQUIRE(shop.build(image).ran == 1);
  shop.file("src/new.c", "2");
  REQUIRE(shop.build(image).ran == 1);
  REQUIRE(shop.tree(image, "src").size() == 3);
}

TEST_CASE("a target of a symlink is a reason to copy again") {
  Workshop shop;
  shop.file("real", "1");
  shop.file("other", "2");
  shop.link("l", "real");
  graph::StackId image = shop.copied(shop.scratch(), {"l", "/x"});
  REQUIRE(shop.tree(image) == Lines{"x 644 0:0 1"});
  shop.file("real", "3");
  REQUIRE(shop.tree(image) == Lines{"x 644 0:0 3"});
  std::filesystem::remove(shop.context() / "l");
  shop.link("l", "other");
  REQUIRE(shop.tree(image) == Lines{"x 644 0:0 2"});
}

TEST_CASE("excluded paths are relative to what is copied") {
  Workshop shop;
  shop.file("src/a.c", "a");
  shop.file("src/a.h", "h");
  shop.file("src/sub/b.c", "b");
  shop.file("src/sub/b.h", "h");
  auto copied = [&](Lines exclude) {
    return shop.tree(shop.on(shop.scratch(), with(shop.copy({"src", "/s/"}), [&](graph::Place& place) {
                               place.exclude = std::move(exclude);
                             })));
  };
  REQUIRE(copied({"*.h"}) == Lines{"s/ 755 0:0", "s/a.c 644 0:0 a", "s/sub/ 755 0:0", "s/sub/b.c 644 0:0 b",
                                   "s/sub/b.h 644 0:0 h"});
  REQUIRE(copied({"**/*.h"}).size() == 4);
  REQUIRE(copied({"sub"}) == Lines{"s/ 755 0:0", "s/a.c 644 0:0 a", "s/a.h 644 0:0 h"});
  REQUIRE(copied({"sub", "!sub/b.h", "*.?"}) == Lines{"s/ 755 0:0", "s/sub/ 755 0:0", "s/sub/b.h 644 0:0 h"});
}

TEST_CASE("with parents the directories of a pattern come too, from its pivot on") {
  Workshop shop;
  shop.file("x/a/one.txt", "1");
  shop.file("x/b/two.txt", "2");
  shop.file("x/b/three.md", "3");
  shop.mode("x/a", 0750);
  auto copied = [&](const Lines& words) {
    return shop.tree(
        shop.on(shop.scratch(), with(shop.copy(words), [](graph::Place& place) { place.parents = true; })));
  };
  REQUIRE(copied({"x/a/one.txt", "x/b", "/d/"}) ==
          Lines{"d/ 755 0:0", "d/x/ 755 0:0", "d/x/a/ 750 0:0", "d/x/a/one.txt 644 0:0 1", "d/x/b/ 755 0:0",
                "d/x/b/three.md 644 0:0 3", "d/x/b/two.txt 644 0:0 2"});
  REQUIRE(copied({"./x/./a/one.txt", "/d/"}) == Lines{"d/ 755 0:0", "d/a/ 750 0:0", "d/a/one.txt 644 0:0 1"});
  REQUIRE(copied({"**/*.txt", "/d/"}) == Lines{"d/ 755 0:0", "d/x/ 755 0:0", "d/x/a/ 750 0:0",
                                               "d/x/a/one.txt 644 0:0 1", "d/x/b/ 755 0:0",
                                               "d/x/b/two.txt 644 0:0 2"});
}

TEST_CASE("files of another image keep owners, links and what else they are") {
  Workshop shop;
  shop.file("one", "1");
  shop.link("l", "one");
  std::filesystem::create_hard_link(shop.context() / "one", shop.context() / "two");
  graph::StackId other = shop.on(
      shop.scratch(), with(shop.copy({".", "/out/dir/"}), [](graph::Place& place) { place.owner = "9:9"; }));
  graph::StackId image = shop.on(shop.scratch(), shop.copy_from(other, "/out/dir", "/to"));
  REQUIRE(shop.tree(image) == Lines{"to/ 755 0:0", "to/l -> one", "to/one 644 9:9 1", "to/two 644 9:9 1"});
  auto one = shop.view(shop.config(image).diff_ids).lookup("to/one");
  auto two = shop.view(shop.config(image).diff_ids).lookup("to/two");
  REQUIRE(std::filesystem::equivalent((*one)->source, (*two)->source));
  image = shop.on(shop.scratch(), shop.copy_from(other, "out/d*/t*", "/t/"));
  REQUIRE(shop.tree(image) == Lines{"t/ 755 0:0", "t/two 644 9:9 1"});
  image = shop.on(shop.scratch(), shop.copy_from(other, "/out/dir/l", "/followed"));
  REQUIRE(shop.tree(image) == Lines{"followed 644 9:9 1"});
  REQUIRE(shop.error(shop.on(shop.scratch(), shop.copy_from(other, "/none", "/x"))).find("'/none'") !=
          std::string::npos);
}

TEST_CASE("a linked copy does not look at the image") {
  Workshop shop;
  shop.file("f", "f");
  shop.file("tree/real/x", "x");
  shop.link("tree/l", "real");
  graph::StackId base = shop.copied(shop.scratch(), {"tree/", "/"});
  graph::Place place = shop.copy({"f", "/l/"});
  place.link = true;
  REQUIRE(shop.layer(shop.on(base, place)) == Lines{"l/ 755 0:0", "l/f 644 0:0 f"});
  place.mode = "0600";  // with a mode it is no link, as in docker
  REQUIRE(shop.layer(shop.on(base, place)) == Lines{"real/ 755 0:0", "real/f 600 0:0 f"});
}

TEST_CASE("texts are files of the given name") {
  Workshop shop;
  graph::Place place;
  place.items.push_back({graph::TextSource{"one\n"}, "a.conf", false});
  place.items.push_back({graph::TextSource{"two\n"}, "b.conf", false});
  place.to = "/etc/";
  place.mode = "u+x";
  REQUIRE(shop.tree(shop.on(shop.scratch(), place)) ==
          Lines{"etc/ 755 0:0", "etc/a.conf 744 0:0 one\n", "etc/b.conf 744 0:0 two\n"});
}

TEST_CASE("what was fetched is a file of its owner alone, named by its address") {
  Workshop shop;
  const std::string bytes = "fetched";
  Digest blob = *shop.store().blobs().put(bytes);
  graph::NodeId fetch =
      shop.graph.add(graph::Fetch{"https://example.org/a/file.txt?x=1", blob.hex(), false, 0}, "fetch", {});
  graph::Place place;
  place.items.push_back({graph::FetchSource{fetch}, "", false});
  place.to = "/in/";
  REQUIRE(shop.tree(shop.on(shop.scratch(), place)) == Lines{"in/ 755 0:0", "in/file.txt 600 0:0 fetched"});
  place.items[0].name = "other";
  place.mode = "0755";
  REQUIRE(shop.tree(shop.on(shop.scratch(), place)) == Lines{"in/ 755 0:0", "in/other 755 0:0 fetched"});
}

TEST_CASE("a working directory is made with those above it, and not twice") {
  Workshop shop;
  shop.file("tree/real/x", "x");
  shop.link("tree/l", "real");
  graph::StackId base = shop.copied(shop.scratch(), {"tree/", "/"});
  graph::StackId made = shop.directory(base, "/l/deep/er", "3:4");
  REQUIRE(shop.layer(made) == Lines{"real/ 755 0:0", "real/deep/ 755 3:4", "real/deep/er/ 755 3:4"});
  REQUIRE(shop.layers(shop.directory(made, "/l/deep")) == shop.layers(made));
  REQUIRE(shop.error(shop.directory(base, "/l/x/y")).find("not a directory") != std::string::npos);
}

TEST_CASE("nothing is placed that would be something else in a layer") {
  Workshop shop;
  shop.file("src/.wh.etc", "");
  shop.file("dir/f", "f");
  shop.file("f", "f");
  REQUIRE(shop.error(shop.copied(shop.scratch(), {"src", "/"})).find(".wh.etc") != std::string::npos);
  graph::StackId base = shop.copied(shop.scratch(), {"dir", "/f/f"});
  REQUIRE(shop.error(shop.copied(base, {"f", "/"})).find("replace the directory '/f'") != std::string::npos);
  REQUIRE(shop.error(shop.copied(base, {"dir", "/f/f/f"})).find("'/f/f/f'") != std::string::npos);
}
