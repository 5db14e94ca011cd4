// `tierbuild run` and `tierbuild shell`.
#include "build/run_image.hpp"
#include "cli/build_flow.hpp"
#include "cli/exit_status.hpp"
#include "cli/verb.hpp"

namespace tierbuild::cli {
namespace {

Result<std::pair<std::string, std::string>> parse_bind(const std::string& text) {
  size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 >= text.size() || text[colon + 1] != '/')
    return Error::make(Code::invalid, "'{}' is not of the form SRC:/DST", text);
  return std::pair{std::filesystem::absolute(text.substr(0, colon)).lexically_normal().string(),
                   text.substr(colon + 1)};
}

class RunVerb : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.call("--entrypoint", "PROGRAM", "in place of the image's entrypoint",
               [this](const std::string& value) -> Status {
                 run_.entrypoint = value;
                 run_.replace_entrypoint = true;
                 return {};
               });
    declare_common(flags);
    flags.rest("CMD…", run_.argv);
  }

  int run(Program& program) override {
    Session session(program, options_);
    if (int status = session.load(); status != kDone) return status;
    BuildRequest request;
    request.selectors = target_;
    request.run = true;
    BuildOutcome outcome = build_and_publish(session, request);
    if (outcome.status != kDone) return outcome.status;
    if (outcome.report.targets.size() != 1)
      return program.fail(Error::make(Code::invalid, "'{}' selects {} targets; run takes one", target_[0],
                                      outcome.report.targets.size()));
    run_.runtime = session.runtime();
    auto store = session.store();
    if (!store) return program.fail(store.error());
    auto ended =
        build::run_image(**store, outcome.report.targets[0].manifest, run_, program.interrupt().token());
    if (!ended) return program.fail(ended.error());
    if (program.interrupt().requested()) return kInterrupted;
    if (*ended == 0) return kDone;
    return program.fail(Error::make(Code::failed, "the command in {} ended with exit status {}",
                                    outcome.report.targets[0].name, *ended));
  }

 protected:
  void declare_common(FlagSet& flags) {
    flags.call("-e,--env", "K=V", "set a variable; K alone takes it from here",
               [this](const std::string& value) -> Status {
                 if (value.find('=') == std::string::npos) {
                   if (auto here = Environment::process().get(value)) run_.env[value] = *here;
                   return {};
                 }
                 TB_LET(auto pair, parse_assignment(value));
                 run_.env[pair.first] = pair.second;
                 return {};
               });
    flags.call("-v,--bind", "SRC:DST", "show a file or directory of the host inside",
               [this](const std::string& value) -> Status {
                 TB_LET(auto bind, parse_bind(value));
                 run_.binds.push_back(std::move(bind));
                 return {};
               });
    flags.text("-w,--workdir", "DIR", "the working directory inside", run_.workdir);
    flags.text("-u,--user", "USER", "the user inside", run_.user);
    options_.declare_build(flags);
    options_.declare_project(flags);
    options_.declare_store(flags);
    flags.words("TARGET", WordKind::target, 1, 1, target_);
  }

  build::RunImageOptions run_;

 private:
  Options options_;
  std::vector<std::string> target_;
};

class ShellVerb final : public RunVerb {
 public:
  void declare(FlagSet& flags) override {
    run_.entrypoint = "/bin/sh";
    run_.replace_entrypoint = true;
    declare_common(flags);
    flags.rest("WORDS…", run_.argv);
  }
};

}  // namespace

std::unique_ptr<Verb> make_run() {
  return std::make_unique<RunVerb>();
}

std::unique_ptr<Verb> make_shell() {
  return std::make_unique<ShellVerb>();
}

}  // namespace tierbuild::cli
