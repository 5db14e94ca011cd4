#include "archive/merged_view.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "layers.hpp"

using namespace tierbuild;
using namespace tierbuild::archive;
using namespace tierbuild::archive::test;

namespace {

/// Layers in overlay form, which root alone may make in full; others take user.overlay and no whiteouts.
class Stack {
 public:
  const std::filesystem::path& layer(const std::string& name) {
    std::filesystem::create_directory(temp_ / name);
    layers_.push_back(temp_ / name);
    return layers_.back();
  }
  std::filesystem::path write(const std::string& path, std::string_view bytes) {
    return temp_.write(path, bytes);
  }
  void link(const std::string& path, const std::string& target) {
    std::filesystem::create_symlink(target, temp_ / path);
  }
  void hide(const std::string& path) {
    REQUIRE(::mknod((temp_ / path).c_str(), S_IFCHR, makedev(0, 0)) == 0);
  }
  void make_opaque(const std::string& path) {
    const char* name = is_root() ? "trusted.overlay.opaque" : "user.overlay.opaque";
    REQUIRE(::setxattr((temp_ / path).c_str(), name, "y", 1, 0) == 0);
  }
  MergedView view() const { return MergedView(layers_, !is_root()); }

 private:
  Temp temp_;
  std::vector<std::filesystem::path> layers_;
};

std::string text(const MergedView& view, const std::string& path) {
  Result<std::optional<std::string>> read = view.read(path);
  REQUIRE_OK(read);
  return *read ? **read : "(nothing)";
}

std::vector<std::string> paths(const MergedView& view, const std::string& from) {
  std::vector<std::string> found;
  REQUIRE_OK(view.walk(from, [&](const ViewEntry& each) -> Status {
    found.push_back(each.entry.path);
    return {};
  }));
  return found;
}

bool there(const MergedView& view, const std::string& path) {
  Result<std::optional<ViewEntry>> found = view.lookup(path);
  REQUIRE_OK(found);
  return found->has_value();
}

}  // namespace

TEST_CASE("the uppermost name wins and directories merge") {
  Stack stack;
  stack.layer("1"), stack.layer("2");
  stack.write("1/d/low", "low");
  stack.write("1/d/both", "old");
  stack.write("1/was-dir/x", "");
  stack.write("1/was-file", "file");
  stack.write("2/d/both", "new");
  stack.write("2/d/high", "high");
  stack.write("2/was-dir", "file");
  stack.write("2/was-file/y", "y");
  MergedView view = stack.view();
  REQUIRE(text(view, "d/low") == "low");
  REQUIRE(text(view, "d/both") == "new");
  REQUIRE(text(view, "d/high") == "high");
  REQUIRE(text(view, "was-dir") == "file");
  REQUIRE_FALSE(there(view, "was-dir/x"));
  REQUIRE(text(view, "was-file/y") == "y");
  REQUIRE((*view.lookup("d/both"))->source == (*view.lookup("d"))->source / "both");
}

TEST_CASE("whiteouts and opaque directories hide what is below them, not what is above") {
  if (!is_root()) {
    tierbuild::test::skip("not root: whiteouts are not checked");
    return;
  }
  Stack stack;
  stack.layer("1"), stack.layer("2"), stack.layer("3");
  for (const char* path : {"1/gone", "1/back", "1/d/old", "1/d/sub/deep", "1/tree/x", "1/file-under-dir"})
    stack.write(path, "1");
  stack.write("2/d/middle", "2");
  stack.make_opaque("2/d");
  for (const char* path : {"2/gone", "2/back", "2/tree"}) stack.hide(path);
  stack.write("3/back", "3");
  stack.write("3/d/top", "3");
  MergedView view = stack.view();
  REQUIRE_FALSE(there(view, "gone"));
  REQUIRE_FALSE(there(view, "tree"));
  REQUIRE_FALSE(there(view, "tree/x"));
  REQUIRE(text(view, "back") == "3");
  REQUIRE(paths(view, "") ==
          std::vector<std::string>{"", "back", "d", "d/middle", "d/top", "file-under-dir"});
}

TEST_CASE("a walk gives the order of a layer") {
  Stack stack;
  stack.layer("1"), stack.layer("2");
  for (const char* path : {"1/a/z", "2/a.txt", "1/a/b/c", "2/a-b/x", "2/a/b!", "1/b"}) stack.write(path, "");
  MergedView view = stack.view();
  REQUIRE(paths(view, "") ==
          std::vector<std::string>{"", "a", "a-b", "a-b/x", "a.txt", "a/b", "a/b!", "a/b/c", "a/z", "b"});
  REQUIRE(paths(view, "a") == std::vector<std::string>{"a", "a/b", "a/b!", "a/b/c", "a/z"});
  REQUIRE(paths(view, "b") == std::vector<std::string>{"b"});
  REQUIRE_CODE(view.walk("none", [](const ViewEntry&) -> Status { return {}; }), Code::not_found);
  REQUIRE_CODE(view.walk("", [](const ViewEntry&) -> Status { return Error(Code::failed, "enough"); }),
               Code::failed);
}

TEST_CASE("symlinks are followed inside the root, through all layers") {
  Stack stack;
  stack.layer("1"), stack.layer("2");
  stack.write("1/usr/lib/os-release", "debian");
  stack.write("2/usr/lib/added", "2");
  stack.link("1/lib", "usr/lib");
  stack.link("2/abs", "/lib/../lib/added");
  stack.link("2/up", "../../../../lib/os-release");
  stack.link("2/dangling", "no/where");
  stack.link("2/circle", "circle");
  stack.link("2/root", "/");
  MergedView view = stack.view();
  REQUIRE(text(view, "lib/os-release") == "debian");
  REQUIRE(text(view, "abs") == "2");
  REQUIRE(text(view, "up") == "debian");
  REQUIRE(text(view, "/root/./root//lib/added") == "2");
  REQUIRE((*view.lookup("lib"))->entry.type == EntryType::symlink);
  REQUIRE((*view.lookup("lib"))->entry.link == "usr/lib");
  REQUIRE((*view.lookup("lib/added"))->entry.path == "usr/lib/added");
  REQUIRE((*view.resolve("abs"))->entry.path == "usr/lib/added");
  REQUIRE((*view.resolve("root"))->entry.path == "");
  REQUIRE_FALSE((*view.resolve("dangling")).has_value());
  REQUIRE_FALSE(there(view, "lib/added/not-a-directory"));
  REQUIRE_CODE(view.resolve("circle"), Code::invalid);
  REQUIRE(paths(view, "lib") == std::vector<std::string>{"lib"});
}

TEST_CASE("reading takes regular files up to a limit") {
  Stack stack;
  stack.layer("1");
  stack.write("1/d/f", "12345");
  MergedView view = stack.view();
  REQUIRE(text(view, "d") == "(nothing)");
  REQUIRE(text(view, "x") == "(nothing)");
  REQUIRE_CODE(view.read("d/f", 4), Code::corrupt);
  REQUIRE(**view.read("d/f", 5) == "12345");
}

TEST_CASE("a view without layers is empty, one whose layer is gone is an error") {
  MergedView none({});
  REQUIRE_FALSE(there(none, ""));
  REQUIRE_FALSE(there(none, "a"));
  Temp temp;
  REQUIRE_CODE(MergedView({temp / "gone"}).lookup("a"), Code::not_found);
}
