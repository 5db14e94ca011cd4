// `tierbuild __complete`: one candidate per line, a tab, what it is. The completion scripts ask it.
#include "cli/candidates.hpp"
#include "cli/exit_status.hpp"
#include "cli/session.hpp"
#include "cli/verb.hpp"

namespace tierbuild::cli {
namespace {

class CompleteVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override { flags.words("WORD…", WordKind::none, 0, SIZE_MAX, words_); }

  int run(Program& program) override {
    std::unique_ptr<bindings::Evaluation> evaluation = evaluate(program);
    std::string out;
    for (const Candidate& candidate : candidates(words_, evaluation ? &evaluation->project() : nullptr))
      out += candidate.word + "\t" + candidate.help + "\n";
    program.out().write(out);
    return kDone;
  }

 private:
  // A Buildfile with errors has no names to offer; completion stays silent.
  static std::unique_ptr<bindings::Evaluation> evaluate(const Program& program) {
    auto file = bindings::find_buildfile(program.current_directory(),
                                         program.environment().get("TIERBUILD_FILE").value_or(""));
    if (!file) return nullptr;
    bindings::EvaluateOptions options;
    options.file = *file;
    auto evaluated = bindings::evaluate(options);
    auto* good = std::get_if<std::unique_ptr<bindings::Evaluation>>(&evaluated);
    return good == nullptr ? nullptr : std::move(*good);
  }

  std::vector<std::string> words_;
};

}  // namespace

std::unique_ptr<Verb> make_complete() {
  return std::make_unique<CompleteVerb>();
}

}  // namespace tierbuild::cli
