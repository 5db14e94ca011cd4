// `tierbuild inspect`.
#include "cli/exit_status.hpp"
#include "cli/image_view.hpp"
#include "cli/verb.hpp"

namespace tierbuild::cli {
namespace {

class InspectVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.toggle("--json", "as JSON, with manifest and config in full", json_);
    options_.declare_project(flags);
    options_.declare_network(flags);
    options_.declare_store(flags);
    flags.words("REF", WordKind::target, 1, 1, words_);
  }

  int run(Program& program) override {
    Session session(program, options_);
    if (int status = session.evaluate_if_any(); status != kDone) return status;
    auto view = view_image(session, words_[0]);
    if (!view) return program.fail(view.error());
    program.out().write(json_ ? image_json(*view) : image_text(*view, program.out()));
    return kDone;
  }

 private:
  Options options_;
  std::vector<std::string> words_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_inspect() {
  return std::make_unique<InspectVerb>();
}

}  // namespace tierbuild::cli
