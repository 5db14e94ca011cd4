// `tierbuild pull`.
#include "build/publish.hpp"
#include "cli/display.hpp"
#include "cli/exit_status.hpp"
#include "cli/session.hpp"
#include "cli/verb.hpp"

namespace tierbuild::cli {
namespace {

class PullVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    options_.declare_display(flags);
    options_.declare_project(flags);
    options_.declare_network(flags);
    options_.declare_store(flags);
    flags.words("REF", WordKind::none, 1, 1, words_);
  }

  int run(Program& program) override {
    Session session(program, options_);
    if (int status = session.evaluate_if_any(); status != kDone) return status;
    auto reference = image::Reference::parse(words_[0]);
    if (!reference) return program.fail(reference.error());
    auto store = session.store();
    if (!store) return program.fail(store.error());
    Progress progress = choose_progress(options_, program.err(), program.environment());
    std::unique_ptr<Display> display = make_display(progress, program.err(), Clock::system());
    auto pulled = build::pull_image(**store, session.registry(), *reference, session.platform(), *display,
                                    program.interrupt().token());
    display->close();
    if (!pulled) return program.fail(pulled.error());
    program.out().write(options_.quiet
                            ? pulled->digest.str() + "\n"
                            : fmt::format("{}  {}\n", reference->familiar(), pulled->digest.str()));
    return kDone;
  }

 private:
  Options options_;
  std::vector<std::string> words_;
};

}  // namespace

std::unique_ptr<Verb> make_pull() {
  return std::make_unique<PullVerb>();
}

}  // namespace tierbuild::cli
