// build_tools_in_runtime: what is only needed to build things, in the image of a service.
#include <algorithm>
#include <array>

#include "base/strings.hpp"
#include "lint/commands.hpp"
#include "lint/requirements.hpp"
#include "lint/rules.hpp"

namespace tierbuild::lint {
namespace {

constexpr std::array<std::string_view, 30> kPackages{
    "autoconf", "automake",  "bazel",       "binutils",      "bison",   "build-base",  "build-essential",
    "cargo",    "clang",     "cmake",       "flex",          "g++",     "gcc",         "gfortran",
    "golang",   "golang-go", "libtool",     "linux-headers", "llvm",    "m4",          "make",
    "meson",    "nasm",      "ninja-build", "pkg-config",    "pkgconf", "python3-dev", "rustc",
    "samurai",  "swig"};
constexpr std::array<std::string_view, 11> kPrograms{"cc", "c++",   "clang", "cmake", "g++",  "gcc",
                                                     "go", "cargo", "make",  "ninja", "rustc"};

bool is_build_tool(std::string_view package) {
  if (package.ends_with("-dev")) return true;
  if (package.starts_with("gcc-") || package.starts_with("g++-") || package.starts_with("clang-"))
    return package.find_first_not_of("0123456789", package.rfind('-') + 1) == std::string_view::npos;
  return std::find(kPackages.begin(), kPackages.end(), package) != kPackages.end();
}

std::vector<std::string> tools_in(const project::Step& step) {
  std::set<std::string> tools;
  if (auto found = commands_of(step))
    for (const ShellCommand& command : found->commands) {
      auto install = install_of(command);
      if (!install || (install->manager != Manager::apt && install->manager != Manager::apk)) continue;
      for (const std::string& word : install->packages)
        if (std::string name = package_name(word); is_build_tool(name)) tools.insert(std::move(name));
    }
  return {tools.begin(), tools.end()};
}

}  // namespace

void check_build_tools_in_runtime(const Subject& subject, const std::string&, Report& report) {
  if (!subject.is_service()) return;
  constexpr const char* kHelp =
      "build in a stage of its own (python.venv, python.tree, layer.build) and copy the result";
  std::vector<const project::TargetDecl*> makers{&subject.decl()};
  makers.insert(makers.end(), subject.below().begin(), subject.below().end());
  bool declared = false;
  for (const project::TargetDecl* maker : makers)
    for (const auto* steps : {&maker->packages, &maker->steps})
      for (const project::StepPtr& step : *steps) {
        std::vector<std::string> tools = tools_in(*step);
        if (tools.empty()) continue;
        declared = true;
        report.find(step->where, fmt::format("{} in the image of a service", join(tools, ", ")), kHelp);
      }
  if (declared) return;
  FactsPtr facts = subject.facts();
  if (!facts) return report.note("not built as declared, so its image was not searched for build tools");
  std::set<std::string> present;
  for (std::string_view program : kPrograms)
    for (const char* directory : {"usr/bin/", "usr/local/bin/", "bin/"})
      if (facts->resolve(directory + std::string(program))) present.insert(std::string(program));
  if (present.empty()) return;
  std::vector<std::string> names(present.begin(), present.end());
  report.find(subject.decl().where, fmt::format("the image of {} has {}", subject.name(), join(names, ", ")),
              kHelp);
}

}  // namespace tierbuild::lint
