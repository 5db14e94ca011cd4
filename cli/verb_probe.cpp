// `tierbuild probe`.
#include "base/strings.hpp"
#include "build/run_image.hpp"
#include "cli/build_flow.hpp"
#include "cli/exit_status.hpp"
#include "cli/verb.hpp"

namespace tierbuild::cli {
namespace {

using sandbox::ProbeReport;

// Why a target did not get healthy.
Error reason(const std::string& name, const build::ProbedImage& probed) {
  const ProbeReport& report = probed.report;
  switch (report.verdict) {
    case ProbeReport::Verdict::refused:
      return Error::make(Code::failed, "the healthcheck of {} cannot be run: {}", name, report.error)
          .hint(
              fmt::format("it runs '{}', which must be a program of the image", printable(probed.check[0])));
    case ProbeReport::Verdict::ended:
      return Error::make(Code::failed, "the command of {} ended with exit status {} before it was healthy",
                         name, probed.exit_code)
          .hint("a healthcheck is for commands that go on; a job that ends is tried with `tierbuild run`");
    default:
      return Error::make(
          Code::failed, "{} is not healthy: the last of {} checks {}", name, report.checks,
          report.timed_out ? "took too long" : fmt::format("ended with exit status {}", report.exit_code));
  }
}

class ProbeVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.call("-e,--env", "K=V", "set a variable of the image", [this](const std::string& value) -> Status {
      TB_LET(auto pair, parse_assignment(value));
      run_.env[pair.first] = pair.second;
      return {};
    });
    flags.toggle("--host-network", "use the network of this host instead of an empty one", run_.network);
    options_.declare_build(flags);
    options_.declare_project(flags);
    options_.declare_store(flags);
    flags.words("TARGET", WordKind::target, 1, 1, target_);
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
      return program.fail(Error::make(Code::invalid, "'{}' selects {} targets; probe takes one", target_[0],
                                      outcome.report.targets.size()));
    const build::TargetResult& target = outcome.report.targets[0];
    run_.runtime = session.runtime();
    auto store = session.store();
    if (!store) return program.fail(store.error());
    auto probed = build::probe_image(**store, target.manifest, run_, program.interrupt().token());
    if (!probed) return program.fail(std::move(probed).error().with("in {}", target.name));
    if (program.interrupt().requested()) return kInterrupted;
    const ProbeReport& report = probed->report;
    if (report.verdict == ProbeReport::Verdict::healthy) {
      program.out().write(fmt::format("{} is healthy\n", target.name));
      return kDone;
    }
    for (std::string_view line : split(report.output, '\n'))
      if (!line.empty()) program.err().write(fmt::format("  check | {}\n", printable(line)));
    return program.fail(reason(target.name, *probed));
  }

 private:
  Options options_;
  build::RunImageOptions run_ = isolated();
  std::vector<std::string> target_;

  static build::RunImageOptions isolated() {
    build::RunImageOptions options;
    options.network = false;
    return options;
  }
};

}  // namespace

std::unique_ptr<Verb> make_probe() {
  return std::make_unique<ProbeVerb>();
}

}  // namespace tierbuild::cli
