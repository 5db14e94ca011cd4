// Every case in tests/lua/cases: a Buildfile, and the errors that its author sees. With TIERBUILD_ACCEPT=1 in
// the environment the expected texts are written anew.
#include <cstdlib>

#include "lua/host/workspace.hpp"

using namespace tierbuild;
using namespace tierbuild::test;
namespace stdfs = std::filesystem;

namespace {

stdfs::path cases() {
  return stdfs::path(__FILE__).parent_path().parent_path() / "cases";
}

std::string slurp(const stdfs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// `--- FILE name` begins another file; what stands before the first one is the Buildfile.
void write_files(Workspace& workspace, const std::string& text) {
  static const std::string kMark = "--- FILE ";
  std::string name = "Buildfile.lua";
  size_t start = 0;
  while (true) {
    size_t mark = text.find(kMark, start);
    workspace.file(name, text.substr(start, mark == std::string::npos ? mark : mark - start));
    if (mark == std::string::npos) return;
    size_t end = text.find('\n', mark);
    name = text.substr(mark + kMark.size(), end - mark - kMark.size());
    start = end + 1;
  }
}

}  // namespace

TEST_CASE("errors are told as the golden texts say") {
  std::vector<stdfs::path> files;
  for (const auto& entry : stdfs::directory_iterator(cases()))
    if (entry.path().extension() == ".lua") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() > 20);
  bool accept = std::getenv("TIERBUILD_ACCEPT") != nullptr;
  for (const stdfs::path& file : files) {
    Workspace workspace;
    write_files(workspace, slurp(file));
    workspace.options.instructions = 5'000'000;
    workspace.options.memory = 64 << 20;
    workspace.run();
    std::string seen = workspace.evaluation ? "no errors\n" : workspace.rendered();
    stdfs::path expected = stdfs::path(file).replace_extension(".txt");
    if (accept) std::ofstream(expected, std::ios::binary) << seen;
    INFO(file.filename().string());
    CHECK(seen == slurp(expected));
  }
}
