// `tierbuild verify`.
#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "cli/exit_status.hpp"
#include "cli/session.hpp"
#include "cli/verb.hpp"

namespace tierbuild::cli {
namespace {

class VerifyVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.toggle("--repair", "drop what is damaged, so that it is made anew", repair_);
    flags.toggle("--json", "as JSON", json_);
    Options::declare_directory(flags);
    options_.declare_store(flags);
  }

  int run(Program& program) override {
    Session session(program, options_);
    auto store = session.store();
    if (!store) return program.fail(store.error());
    auto problems = (*store)->verify(repair_);
    if (!problems) return program.fail(problems.error());
    size_t left = 0;
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    std::string text;
    for (const store::VerifyProblem& problem : *problems) {
      if (!problem.repaired) ++left;
      list.push_back({{"what", problem.what}, {"detail", problem.detail}, {"repaired", problem.repaired}});
      text += fmt::format("{}: {}{}\n", printable(problem.what), printable(problem.detail),
                          problem.repaired ? " (repaired)" : "");
    }
    if (json_) {
      nlohmann::ordered_json out{{"ok", left == 0}, {"problems", list}};
      program.out().write(out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    } else {
      program.out().write(problems->empty() ? std::string("the store is sound\n") : text);
      if (left > 0) program.out().write("`tierbuild verify --repair` drops what is damaged\n");
    }
    return left == 0 ? kDone : kFailed;
  }

 private:
  Options options_;
  bool repair_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_verify() {
  return std::make_unique<VerifyVerb>();
}

}  // namespace tierbuild::cli
