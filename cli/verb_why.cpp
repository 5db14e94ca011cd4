// `tierbuild why TARGET`.
#include "cli/display.hpp"
#include "cli/exit_status.hpp"
#include "cli/session.hpp"
#include "cli/verb.hpp"
#include "cli/why_report.hpp"
#include "project/names.hpp"
#include "project/selector.hpp"

namespace tierbuild::cli {
namespace {

class WhyVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.toggle("--json", "as JSON", json_);
    flags.toggle("--last", "why steps ran in the last build, also if some would run now", last_);
    options_.declare_build(flags);
    options_.declare_project(flags);
    options_.declare_store(flags);
    flags.words("TARGET", WordKind::target, 1, 1, words_);
  }

  int run(Program& program) override {
    Session session(program, options_);
    session.explain_fields();
    if (int status = session.load(); status != kDone) return status;
    const project::TargetDecl* declared = session.project().find_target(words_[0]);
    if (declared == nullptr)
      return program.fail(
          Error::make(Code::invalid, "there is no target '{}'{}", words_[0],
                      project::did_you_mean(words_[0], project::names_of(session.project().targets)))
              .hint("`tierbuild graph` shows the targets"));
    auto report = reports(session, declared->id());
    if (!report) return program.fail(report.error());
    program.out().write(*report);
    return kDone;
  }

 private:
  Result<std::string> reports(Session& session, const std::string& target) const {
    TB_LET(std::vector<graph::TargetId> targets,
           project::select(session.project(), session.graph(), {target}));
    TB_LET(store::Store * store, session.store());
    TB_LET(build::BuildOptions options, session.build_options());
    TB_LET(options.stamps, session.stamps(targets, {}));
    std::unique_ptr<Display> notices = quiet_display(session.program().err());
    build::BuildContext context = session.build_context(*store, *notices);
    TB_LET(build::PlanReport plan, build::Builder(context, options).plan(session.graph(), targets));
    if (auto saved = session.fingerprints().save(); !saved) session.program().warn(saved.error());

    DeclaredPlaces places(session.project(), session.evaluation().explanations());
    WhyReport now = why_now(session.graph(), plan, places, options.stamps);
    TB_LET(std::optional<WhyReport> last,
           why_last(session.graph(), targets.front(), store->records(), places));
    if (json_) return as_json(session, now, last);
    const Terminal& out = session.program().out();
    std::string text = last_ ? std::string() : now.text(out);
    if (last && (last_ || !now.anything_to_do())) text += (text.empty() ? "" : "\n") + last->text(out);
    if (!last && last_) text = fmt::format("no build of {} is remembered\n", target);
    return text;
  }

  static std::string as_json(Session& session, const WhyReport& now, const std::optional<WhyReport>& last) {
    nlohmann::ordered_json out{{"target", now.target},
                               {"platform", session.platform().str()},
                               {"now", now.json()},
                               {"last", last ? last->json() : nlohmann::ordered_json()}};
    return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  }

  Options options_;
  std::vector<std::string> words_;
  bool json_ = false, last_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_why() {
  return std::make_unique<WhyVerb>();
}

}  // namespace tierbuild::cli
