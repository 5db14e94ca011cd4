// `tierbuild lint`.
#include "cli/exit_status.hpp"
#include "cli/lint_run.hpp"
#include "cli/text_table.hpp"
#include "cli/verb.hpp"
#include "lint/documents.hpp"
#include "lint/lint.hpp"
#include "lint/rules.hpp"

namespace tierbuild::cli {
namespace {

constexpr int kMostRounds = 8;  // of mending

class LintVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.toggle("--fix", "mend what can be mended with certainty, then check again", fix_);
    flags.toggle("--json", "as JSON", json_);
    flags.toggle("--sarif", "as SARIF 2.1.0, for code scanning", sarif_);
    flags.toggle("--rules", "list the rules, their levels here and their reasons", rules_);
    options_.declare_since(flags);
    options_.declare_project(flags);
    options_.declare_store(flags);
    flags.words("SEL…", WordKind::selectors, 0, SIZE_MAX, selectors_);
  }

  int run(Program& program) override {
    if (json_ && sarif_)
      return program.fail(
          Error(Code::invalid, "--json and --sarif are two forms of the result").hint("choose one"));
    if (rules_) return list_rules(program);
    // Of two entries side by side, the second goes in the next round.
    for (int round = 0; fix_ && round < kMostRounds; ++round) {
      size_t fixed = 0;
      int status = check(program, &fixed);
      if (fixed == 0) return status;
      program.err().write(fmt::format("fixed {} {}\n", fixed, fixed == 1 ? "finding" : "findings"));
    }
    return check(program, nullptr);
  }

 private:
  // With `fixed`, mends first and prints only if there was nothing to mend.
  int check(Program& program, size_t* fixed) {
    Session session(program, options_);
    session.set_locking(bindings::Locking::may);
    if (int status = session.load(); status != kDone) return status;
    auto targets = select(session);
    if (!targets) return program.fail(targets.error());
    auto outcome = run_lint(session, *targets);
    if (!outcome) return program.fail(outcome.error());
    if (fixed != nullptr) {
      auto made = apply_fixes(session, *outcome);
      if (!made) return program.fail(made.error());
      *fixed = *made;
      if (*made > 0) return kDone;
    }
    print(session, *outcome);
    return outcome->count(lint::Level::error) > 0 ? kLint : kDone;
  }

  Result<std::vector<graph::TargetId>> select(Session& session) const {
    return session.select(selectors_.empty() ? std::vector<std::string>{"tier:*", "service:*"} : selectors_);
  }

  void print(Session& session, const lint::Outcome& outcome) const {
    const Terminal& out = session.program().out();
    if (json_) {
      std::string root = session.project().workspace.root;
      out.write(lint::to_json(outcome, session.project(), [root](const std::string& file) {
        return read_source((std::filesystem::path(root) / file).string());
      }));
    } else if (sarif_) {
      out.write(lint::to_sarif(outcome, session.project(), TIERBUILD_VERSION));
    } else {
      out.write(lint_text(session, outcome, out));
    }
  }

  int list_rules(Program& program) {
    Session session(program, options_);
    if (int status = session.evaluate_if_any(); status != kDone) return status;
    static const project::Project kNone;
    const project::Project& project = session.evaluated() ? session.project() : kNone;
    TextTable table({{"RULE", Align::left}, {"LEVEL", Align::left}, {"FINDS", Align::left}});
    std::string reasons;
    for (const lint::Rule& rule : lint::rules()) {
      table.add({rule.name, std::string(name_of(lint::level_in(project, rule.name))), rule.finds});
      reasons += fmt::format("\n{}: {}", rule.name, rule.reason);
    }
    for (const project::LintRuleDecl& rule : project.lint_rules) {
      table.add({rule.name, rule.level, rule.doc.empty() ? "(of this workspace)" : rule.doc});
    }
    program.out().write(table.str(program.out()) + reasons + "\n");
    return kDone;
  }

  Options options_;
  std::vector<std::string> selectors_;
  bool fix_ = false, json_ = false, sarif_ = false, rules_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_lint() {
  return std::make_unique<LintVerb>();
}

}  // namespace tierbuild::cli
