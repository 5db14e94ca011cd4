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
    flags.toggle("--wrapper", "write only the wrapper script `tierbuild`", only_wrapper_);
    flags.toggle("--no-wrapper", "do not write the wrapper script `tierbuild`", no_wrapper_);
    Options::declare_directory(flags);
  }

  int run(Program& program) override {
    std::filesystem::path root = program.current_directory();
    if (!only_wrapper_) {
      std::string text = first_buildfile(scan_repository(root), root);
      if (print_) {
        program.out().write(text);
        return kDone;
      }
      if (int status = write_buildfile(program, root / "Buildfile.lua", text); status != kDone) return status;
    }
    return no_wrapper_ ? kDone : write_wrapper(program, root / "tierbuild");
  }

 private:
  static int write_buildfile(Program& program, const std::filesystem::path& file, const std::string& text) {
    if (std::filesystem::exists(file))
      return program.fail(Error::make(Code::invalid, "'{}' exists already", file.string())
                              .hint("`tierbuild init --print` shows what would be written"));
    if (auto written = fs::write_file(file, text); !written) return program.fail(written.error());
    program.out().write("wrote Buildfile.lua\n");
    return kDone;
  }

  static int write_wrapper(Program& program, const std::filesystem::path& wrapper) {
    if (std::filesystem::exists(wrapper)) {
      program.out().write("kept tierbuild, which exists already\n");
      return kDone;
    }
    if (auto written = fs::write_file(wrapper, wrapper_text(), fs::Sync::no, 0755); !written)
      return program.fail(written.error());
    program.out().write("wrote tierbuild, the wrapper script\n");
    return kDone;
  }

  bool print_ = false, only_wrapper_ = false, no_wrapper_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_init() {
  return std::make_unique<InitVerb>();
}

}  // namespace tierbuild::cli
