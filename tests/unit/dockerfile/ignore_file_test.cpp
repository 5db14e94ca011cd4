#include "dockerfile/ignore_file.hpp"

#include "support/catch.hpp"
#include "support/temp.hpp"

using namespace tierbuild;
using dockerfile::ignore_file_of;

TEST_CASE("the ignore file of a Dockerfile") {
  test::Temp temp;
  std::filesystem::path context = temp.path(), file = temp.path() / "docker" / "web.Dockerfile";
  auto found = ignore_file_of(file, context);
  REQUIRE_OK(found);
  REQUIRE(found->path.empty());
  REQUIRE_FALSE(found->leaves_out("a"));

  temp.write(".dockerignore", "# none\na\nb/*\n");
  found = ignore_file_of(file, context);
  REQUIRE_OK(found);
  REQUIRE(found->path == context / ".dockerignore");
  REQUIRE(found->leaves_out("a/x"));
  REQUIRE(found->leaves_out("b/x"));
  REQUIRE_FALSE(found->leaves_out("b"));

  temp.write("docker/web.Dockerfile.dockerignore", "c\n !c/d\n");
  found = ignore_file_of(file, context);
  REQUIRE_OK(found);
  REQUIRE(found->path == file.string() + ".dockerignore");
  REQUIRE(found->rules.ignores("c"));
  REQUIRE_FALSE(found->leaves_out("c"));
  REQUIRE_FALSE(found->rules.ignores("a"));

  temp.write("docker/web.Dockerfile.dockerignore", "ok\n[\n");
  auto wrong = ignore_file_of(file, context);
  REQUIRE_CODE(wrong, Code::invalid);
  REQUIRE(wrong.error().str().find("line 2") != std::string::npos);
}
