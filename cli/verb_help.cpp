// `tierbuild help [VERB]`.
#include "base/strings.hpp"
#include "cli/exit_status.hpp"
#include "cli/help.hpp"
#include "cli/program.hpp"
#include "cli/reference.hpp"
#include "cli/verb.hpp"

namespace tierbuild::cli {
namespace {

class HelpVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.toggle("--markdown", "the reference of the language and of all verbs, as docs/reference.md",
                 markdown_);
    flags.words("VERB", WordKind::verbs, 0, 1, words_);
  }

  int run(Program& program) override {
    if (markdown_) {
      program.out().write(reference_page());
      return kDone;
    }
    if (words_.empty()) {
      program.out().write(overview(program.out()));
      return kDone;
    }
    const VerbEntry* entry = find_verb(words_[0]);
    if (entry == nullptr) {
      auto near = suggest(words_[0], verb_names());
      return program.fail(Error::make(Code::invalid, "there is no verb '{}'{}", words_[0],
                                      near ? fmt::format(" (did you mean '{}'?)", *near) : "")
                              .hint("`tierbuild --help` lists the verbs, `tierbuild tasks` the tasks"));
    }
    program.out().write(help_of(*entry, program.out()));
    return kDone;
  }

 private:
  std::vector<std::string> words_;
  bool markdown_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_help() {
  return std::make_unique<HelpVerb>();
}

}  // namespace tierbuild::cli
