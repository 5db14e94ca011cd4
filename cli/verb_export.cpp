// `tierbuild export`.
#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "cli/exit_status.hpp"
#include "cli/export_files.hpp"
#include "cli/session.hpp"
#include "cli/verb.hpp"
#include "export/export.hpp"
#include "fs/file.hpp"

namespace tierbuild::cli {
namespace {

namespace stdfs = std::filesystem;
using project::ExportDecl;

struct Wanted {
  ExportDecl decl;
  std::string command;  // that makes it
};

struct Outcome {
  std::string path;  // as shown
  std::string format, state, difference;
};

class ExportVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.toggle("--check", "write nothing; fail if a file is not what would be written", check_);
    flags.toggle("--print", "print the file and write nothing", print_);
    flags.toggle("--force", "also replace a file that was not generated", force_);
    flags.toggle("--json", "what was done, as JSON", json_);
    options_.declare_project(flags);
    flags.words("NAME|PATH…", WordKind::files, 0, SIZE_MAX, words_);
  }

  int run(Program& program) override {
    Session session(program, options_);
    session.set_locking(bindings::Locking::may);
    if (int status = session.load(); status != kDone) return status;
    auto wanted = all_wanted(session);
    if (!wanted) return program.fail(wanted.error());
    if (print_ && wanted->size() != 1)
      return program.fail(
          Error::make(Code::invalid, "--print prints one file, but {} are meant", wanted->size())
              .hint("name the one: " + shown(wanted->front().decl.path)));
    std::vector<Error> errors;
    std::vector<Outcome> outcomes;
    exports::FileLists files = file_lists(session.project().workspace.root);
    for (const Wanted& one : *wanted) {
      auto text = exports::generate({session.project(), session.graph(), one.decl, one.command, files});
      if (!text) {
        errors.push_back(std::move(text).error());
      } else if (print_) {
        program.out().write(*text);
      } else if (auto outcome = settle(one.decl, *text)) {
        outcomes.push_back(std::move(*outcome));
      } else {
        errors.push_back(std::move(outcome).error());
      }
    }
    if (!print_) tell(program, outcomes);
    if (!errors.empty()) return program.fail(errors);
    if (!print_ && !check_) notice_wrapper(session, *wanted);
    bool stale = std::any_of(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) {
      return outcome.state == "stale" || outcome.state == "missing";
    });
    return stale ? kFailed : kDone;
  }

 private:
  std::string shown(const std::string& path) const {
    return stdfs::path(path).lexically_proximate(stdfs::current_path()).string();
  }

  Result<std::vector<Wanted>> all_wanted(Session& session) const {
    const project::Project& project = session.project();
    std::vector<Wanted> wanted;
    for (const std::string& word : words_) TB_TRY(add(project, word, wanted));
    if (words_.empty())
      for (const ExportDecl& decl : project.exports) wanted.push_back({decl, "tierbuild export"});
    if (wanted.empty())
      return Error::make(Code::invalid, "the Buildfile declares no exports")
          .hint(fmt::format("name a format: tierbuild export {}", join(exports::format_names(), "|")));
    return wanted;
  }

  // A path that is declared, or a format: those of it that are declared, else one at its usual path.
  Status add(const project::Project& project, const std::string& word, std::vector<Wanted>& wanted) const {
    auto format = exports::format_named(word);
    bool found = false;
    std::vector<std::string> known = exports::format_names();
    for (const ExportDecl& decl : project.exports) {
      known.push_back(shown(decl.path));
      bool meant = format ? decl.format == *format : stdfs::absolute(word).lexically_normal() == decl.path;
      if (!meant) continue;
      found = true;
      bool twice = std::any_of(wanted.begin(), wanted.end(),
                               [&](const Wanted& one) { return one.decl.path == decl.path; });
      if (!twice) wanted.push_back({decl, "tierbuild export"});
    }
    if (found) return {};
    if (!format) {
      auto near = suggest(word, known);
      return Error::make(Code::invalid, "no export '{}' is declared{}", printable(word),
                         near ? fmt::format(" (did you mean '{}'?)", *near) : "")
          .hint("name a declared file, or a format: " + join(exports::format_names(), ", "));
    }
    ExportDecl decl;
    decl.format = *format;
    decl.path = (stdfs::path(project.file).parent_path() / exports::usual_path(*format)).string();
    wanted.push_back({std::move(decl), "tierbuild export " + word});
    return {};
  }

  Result<Outcome> settle(const ExportDecl& decl, const std::string& text) const {
    TB_LET(ExportState there, compare_export(decl.path, text));
    Outcome outcome{shown(decl.path), std::string(exports::name_of(decl.format)), "unchanged", {}};
    if (there.state == FileState::current) return outcome;
    if (check_) {
      outcome.state = there.state == FileState::missing ? "missing" : "stale";
      outcome.difference = there.difference;
      return outcome;
    }
    if (there.state == FileState::foreign && !force_)
      return Error::make(Code::invalid, "'{}' exists and was not generated", outcome.path)
          .hint("--force replaces it; --print shows what would be written");
    TB_TRY(fs::make_directories(stdfs::path(decl.path).parent_path()));
    TB_TRY(fs::write_file(decl.path, text));
    outcome.state = "written";
    return outcome;
  }

  void tell(Program& program, const std::vector<Outcome>& outcomes) const {
    if (json_) {
      nlohmann::ordered_json list = nlohmann::ordered_json::array();
      for (const Outcome& outcome : outcomes) {
        nlohmann::ordered_json one{
            {"path", outcome.path}, {"format", outcome.format}, {"state", outcome.state}};
        if (!outcome.difference.empty()) one["difference"] = outcome.difference;
        list.push_back(std::move(one));
      }
      program.out().write(list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
      return;
    }
    for (const Outcome& outcome : outcomes)
      program.out().write(
          fmt::format("{:9}  {}\n{}", outcome.state, printable(outcome.path), outcome.difference));
    bool stale = std::any_of(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) {
      return outcome.state == "stale" || outcome.state == "missing";
    });
    if (stale) program.err().write("`tierbuild export` writes them anew\n");
  }

  // Pipelines call the wrapper that stands beside the Buildfile.
  static void notice_wrapper(Session& session, const std::vector<Wanted>& wanted) {
    stdfs::path directory = stdfs::path(session.project().file).parent_path();
    bool pipeline = std::any_of(wanted.begin(), wanted.end(), [](const Wanted& one) {
      return one.decl.format == project::ExportFormat::github ||
             one.decl.format == project::ExportFormat::gitlab;
    });
    std::error_code failure;
    if (pipeline && !stdfs::exists(directory / "tierbuild", failure))
      session.program().warn(
          "pipelines run ./tierbuild, which is not here: `tierbuild init --wrapper` writes it");
  }

  Options options_;
  std::vector<std::string> words_;
  bool check_ = false, print_ = false, force_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_export() {
  return std::make_unique<ExportVerb>();
}

}  // namespace tierbuild::cli
