// Every Dockerfile of tests/dockerfiles: what it builds, or the error that its author sees. With
// TIERBUILD_ACCEPT=1 in the environment the expected texts are rewritten. Comments `# test: arg NAME=value`
// and `# test: target NAME` are the flags of its build; the other ones are for the comparison with BuildKit
// (tests/e2e/dockerfile_peer.py).
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/strings.hpp"
#include "describe.hpp"
#include "dockerfile/build.hpp"
#include "dockerfile/parse.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::dockerfile;

namespace {

namespace stdfs = std::filesystem;

std::string slurp(const stdfs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

BuildOptions options_in(std::string_view text) {
  BuildOptions options;
  options.platform = options.build_platform = {"linux", "amd64", ""};
  for (std::string_view line : split(text, '\n')) {
    constexpr std::string_view kMark = "# test: ";
    if (!line.starts_with(kMark)) continue;
    std::string_view flag = line.substr(kMark.size());
    std::string_view value = flag.substr(flag.find(' ') + 1);
    if (flag.starts_with("target "))
      options.target = value;
    else if (flag.starts_with("arg "))
      options.args.emplace(value.substr(0, value.find('=')), value.substr(value.find('=') + 1));
  }
  return options;
}

std::string seen(const stdfs::path& path) {
  std::string text = slurp(path);
  auto failed = [](const Error& error) {
    std::string out = fmt::format("error {}: {}\n", error.where().str(), error.message());
    if (!error.hint().empty()) out += "  " + error.hint() + "\n";
    return out;
  };
  Result<File> file = parse(text, "Dockerfile");
  if (!file) return failed(file.error());
  Result<Build> result =
      build(*file, options_in(text), [](const Origin&, const image::Platform& platform, const Range&) {
        image::Config config;
        config.platform = platform;
        config.cmd = {"sh"};
        return Result<image::Config>(config);
      });
  if (!result) return failed(result.error());
  return describe(*result);
}

}  // namespace

TEST_CASE("the corpus of Dockerfiles builds what is expected") {
  std::vector<stdfs::path> files;
  stdfs::path directory = stdfs::path(TB_TESTS) / "dockerfiles";
  for (const auto& entry : stdfs::directory_iterator(directory))
    if (entry.path().extension() == ".dockerfile") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() >= 120);
  bool accept = std::getenv("TIERBUILD_ACCEPT") != nullptr;
  for (const stdfs::path& file : files) {
    INFO(file.filename().string());
    std::string text = seen(file);
    stdfs::path expected = directory / "expected" / (file.stem().string() + ".txt");
    if (accept) std::ofstream(expected, std::ios::binary) << text;
    CHECK(text == slurp(expected));
  }
}
