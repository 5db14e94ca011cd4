// `tierbuild init`.
#include "cli/exit_status.hpp"
#include "cli/init_template.hpp"
#include "cli/options.hpp"
#include "cli/program.hpp"
#include "cli/verb.hpp"
#include "cli/wrapper_text.hpp"
#include "fs/file.hpp"

namespace tierbuild::cli {
namespace {

class InitVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.toggle("--print", "print the Buildfile and write nothing", print_);
    flags.toggle("--no-wrapper", "do not write the wrapper script `tierbuild`", no_wrapper_);
    Options::declare_directory(flags);
  }

  int run(Program& program) override {
    std::filesystem::path root = program.current_directory();
    std::string text = first_buildfile(scan_repository(root));
    if (print_) {
      program.out().write(text);
      return kDone;
    }
    std::filesystem::path file = root / "Buildfile.lua", wrapper = root / "tierbuild";
    if (std::filesystem::exists(file))
      return program.fail(Error::make(Code::invalid, "'{}' exists already", file.string())
                              .hint("`tierbuild init --print` shows what would be written"));
    if (auto written = fs::write_file(file, text); !written) return program.fail(written.error());
    program.out().write("wrote Buildfile.lua\n");
    if (no_wrapper_) return kDone;
    if (std::filesystem::exists(wrapper)) {
      program.out().write("kept tierbuild, which exists already\n");
      return kDone;
    }
    if (auto written = fs::write_file(wrapper, wrapper_text(), fs::Sync::no, 0755); !written)
      return program.fail(written.error());
    program.out().write("wrote tierbuild, the wrapper script\n");
    return kDone;
  }

 private:
  bool print_ = false, no_wrapper_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_init() {
  return std::make_unique<InitVerb>();
}

}  // namespace tierbuild::cli
