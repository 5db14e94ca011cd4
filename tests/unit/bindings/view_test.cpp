#include <sys/stat.h>

#include <filesystem>

#include "bindings/view.hpp"
#include "support/temp.hpp"

using namespace tierbuild;
using namespace tierbuild::bindings;
namespace stdfs = std::filesystem;

TEST_CASE("paths are relative to the file, or to the root with two slashes") {
  View view("/w");
  CHECK(*view.resolve("/w/a", "b/../c") == "/w/a/c");
  CHECK(*view.resolve("/w/a", "//c/") == "/w/c");
  CHECK(*view.resolve("/w/a", "//") == "/w");
  CHECK(*view.resolve("/w/a", "..") == "/w");
  REQUIRE_CODE(view.resolve("/w/a", "../.."), Code::invalid);
  REQUIRE_CODE(view.resolve("/w", "../w2"), Code::invalid);
  REQUIRE_CODE(view.resolve("/w", "//../x"), Code::invalid);
  REQUIRE_CODE(view.resolve("/w", "/etc/passwd"), Code::invalid);
  REQUIRE_CODE(view.resolve("/w", std::string("a\0b", 3)), Code::invalid);
}

TEST_CASE("a symlink may lead around inside the workspace, but not out of it") {
  test::Temp temp;
  temp.write("w/real.txt", "inside");
  temp.write("secret", "outside");
  stdfs::create_symlink("real.txt", temp / "w/good");
  stdfs::create_symlink("../secret", temp / "w/up");
  stdfs::create_symlink((temp / "secret").string(), temp / "w/absolute");
  stdfs::create_directory_symlink("..", temp / "w/dir");
  View view((temp / "w").string());
  CHECK(*view.read((temp / "w/good").string()) == "inside");
  for (const char* name : {"up", "absolute", "dir/secret"}) {
    INFO(name);
    auto bytes = view.read((temp / "w" / name).string());
    REQUIRE_CODE(bytes, Code::invalid);
    CHECK(bytes.error().id() == "E031");
  }
  REQUIRE_CODE(view.exists((temp / "w/up").string(), LastLink::follow), Code::invalid);
  CHECK(*view.exists((temp / "w/up").string(), LastLink::keep));  // the link itself can be copied
}

TEST_CASE("only regular files are read") {
  test::Temp temp;
  temp.write("w/x", "");
  View view((temp / "w").string());
  REQUIRE_CODE(view.read((temp / "w").string()), Code::invalid);
  REQUIRE(::mkfifo((temp / "w/pipe").c_str(), 0600) == 0);
  REQUIRE_CODE(view.read((temp / "w/pipe").string()), Code::invalid);
}

TEST_CASE("a glob gives sorted names as the pattern is written") {
  test::Temp temp;
  for (const char* name : {"w/s/b.py", "w/s/a.py", "w/s/c.txt", "w/s/d/e.py"}) temp.write(name, "");
  View view((temp / "w").string());
  CHECK(*view.glob((temp / "w/s").string(), "*.py") == std::vector<std::string>{"a.py", "b.py"});
  CHECK(*view.glob((temp / "w/s").string(), "//s/**/*.py") ==
        std::vector<std::string>{"//s/a.py", "//s/b.py", "//s/d/e.py"});
  CHECK(view.glob((temp / "w/s").string(), "*.none")->empty());
  CHECK(*view.glob((temp / "w/s/d").string(), "../*.txt") == std::vector<std::string>{"../c.txt"});
  REQUIRE_CODE(view.glob((temp / "w/s").string(), "../../*"), Code::invalid);
  CHECK(view.reads() ==
        std::vector<std::string>{"glob s/**/*.py", "glob s/*.none", "glob s/*.py", "glob s/*.txt"});
}

TEST_CASE("the root cannot move once a path was used") {
  View view("/w/docker");
  REQUIRE_OK(view.move_root("/w"));
  REQUIRE_OK(view.resolve("/w/docker", "x"));
  REQUIRE_CODE(view.move_root("/w/docker"), Code::invalid);
  REQUIRE_OK(view.move_root("/w"));
}
