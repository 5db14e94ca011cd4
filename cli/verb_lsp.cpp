// `tierbuild lsp`.
#include "bindings/evaluate.hpp"
#include "cli/exit_status.hpp"
#include "cli/luarc.hpp"
#include "cli/session.hpp"
#include "cli/stubs.hpp"
#include "cli/verb.hpp"
#include "fs/file.hpp"

namespace tierbuild::cli {
namespace {

namespace stdfs = std::filesystem;

constexpr const char* kDirectory = ".luals";
constexpr const char* kStubs = "tierbuild.lua";
constexpr const char* kSettings = ".luarc.json";

struct Wanted {
  stdfs::path file;
  std::string now, text;  // what it holds, and what it should
  bool is_fresh() const { return now == text; }
};

Result<std::string> text_or_nothing(const stdfs::path& file) {
  Result<std::string> text = fs::read_file(file);
  if (!text && text.error().code() == Code::not_found) return std::string();
  return text;
}

class LspVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.text("--dir", "DIR", "where the stubs are put; else .luals in the root of the workspace",
               directory_);
    flags.toggle("--check", "write nothing; fail if the files are missing or stale", check_);
    flags.toggle("--print", "print the stubs and write nothing", print_);
    options_.declare_project(flags);
  }

  int run(Program& program) override {
    Session session(program, options_);
    if (int status = session.evaluate_if_any(); status != kDone) return status;
    bool evaluated = session.evaluated();
    std::string text = stubs(bindings::schemas(),
                             evaluated ? session.evaluation().rules() : std::vector<bindings::Schema>{});
    if (print_) {
      program.out().write(text);
      return kDone;
    }
    stdfs::path root = evaluated ? session.project().workspace.root : program.current_directory();
    stdfs::path directory =
        directory_.empty() ? root / kDirectory : stdfs::absolute(directory_).lexically_normal();
    Wanted stub_file{directory / kStubs, {}, std::move(text)}, settings{root / kSettings, {}, {}};
    Status status = load(stub_file, settings, library_name(directory, root));
    if (!status) return program.fail(status.error());
    if (check_) return check(program, {&stub_file, &settings});
    for (const Wanted* wanted : {&stub_file, &settings})
      if (status = write(program, *wanted); !status) return program.fail(status.error());
    return kDone;
  }

 private:
  // As it is written in the settings: relative to the root if it lies below it.
  static std::string library_name(const stdfs::path& directory, const stdfs::path& root) {
    std::string relative = directory.lexically_relative(root).string();
    return relative.empty() || relative.starts_with("..") ? directory.string() : relative;
  }

  static Status load(Wanted& stub_file, Wanted& settings, const std::string& library) {
    TB_LET(stub_file.now, text_or_nothing(stub_file.file));
    TB_LET(settings.now, text_or_nothing(settings.file));
    TB_LET(settings.text, editor_settings(settings.now, library));
    return {};
  }

  static int check(Program& program, std::initializer_list<const Wanted*> files) {
    int status = kDone;
    for (const Wanted* wanted : files)
      if (!wanted->is_fresh())
        status = program.fail(Error::make(Code::failed, "'{}' is {}", wanted->file.string(),
                                          wanted->now.empty() ? "missing" : "stale")
                                  .hint("run `tierbuild lsp`"));
    return status;
  }

  static Status write(Program& program, const Wanted& wanted) {
    if (wanted.is_fresh()) return {};
    TB_TRY(fs::make_directories(wanted.file.parent_path()));
    TB_TRY(fs::write_file(wanted.file, wanted.text));
    program.out().write(fmt::format("wrote {}\n", wanted.file.string()));
    return {};
  }

  Options options_;
  std::string directory_;
  bool check_ = false, print_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_lsp() {
  return std::make_unique<LspVerb>();
}

}  // namespace tierbuild::cli
