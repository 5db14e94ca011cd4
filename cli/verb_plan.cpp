// `tierbuild plan`.
#include "cli/build_flow.hpp"
#include "cli/exit_status.hpp"
#include "cli/plan_report.hpp"
#include "cli/verb.hpp"

namespace tierbuild::cli {
namespace {

class PlanVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.toggle("--json", "as JSON", json_);
    flags.toggle("--push", "also say what would be pushed", push_);
    options_.declare_since(flags);
    options_.declare_build(flags);
    options_.declare_project(flags);
    options_.declare_store(flags);
    flags.words("SEL…", WordKind::selectors, 0, SIZE_MAX, selectors_);
  }

  int run(Program& program) override {
    Session session(program, options_);
    BuildRequest request;
    request.push = push_;
    if (int status = session.load(request.platforms(options_)); status != kDone) return status;
    return print_plan(session, selectors_, push_, json_ ? Format::json : Format::text);
  }

 private:
  Options options_;
  std::vector<std::string> selectors_;
  bool json_ = false, push_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_plan() {
  return std::make_unique<PlanVerb>();
}

}  // namespace tierbuild::cli
