// root_user, missing_healthcheck, size_budget and deprecated_base: how a service runs, what it weighs and
// stands on.
#include "base/strings.hpp"
#include "lint/rules.hpp"

namespace tierbuild::lint {
namespace {

bool is_root(const std::string& user) {
  std::string name = user.substr(0, user.find(':'));
  return name.empty() || name == "root" || name == "0";
}

std::string unless_base(const Subject& subject, std::string_view what) {
  return subject.knows_base_config()
             ? ""
             : fmt::format(" (its base image is not in the store; if it brings {}, say so here)", what);
}

}  // namespace

void check_deprecated_base(const Subject& subject, const std::string&, Report& report) {
  if (subject.below().empty()) return;
  const project::TargetDecl& base = *subject.below().front();
  if (base.deprecated.empty()) return;
  report.find(subject.decl().from->where,
              fmt::format("{} stands on {}, which is deprecated: {}", subject.name(), describe(base),
                          printable(base.deprecated)),
              "stand on another tier");
}

void check_root_user(const Subject& subject, const std::string&, Report& report) {
  if (!subject.is_service()) return;
  std::string user = subject.config().user;
  if (!is_root(user)) {
    FactsPtr facts = subject.facts();
    auto identity = facts ? identity_of(*facts, user) : std::nullopt;
    if (!identity || identity->uid != 0) return;
    report.find(subject.decl().where,
                fmt::format("{} runs as '{}', whose number is 0", subject.name(), printable(user)),
                "give the user a number of its own");
    return;
  }
  report.find(subject.decl().where, fmt::format("{} runs as root", subject.name()),
              "add user = { 'app', uid = 1000 }" + unless_base(subject, "a user"));
}

void check_missing_healthcheck(const Subject& subject, const std::string&, Report& report) {
  if (!subject.is_service() || subject.config().healthcheck) return;
  report.find(subject.decl().where, fmt::format("{} has no health check", subject.name()),
              "add healthcheck = health.http { port = … }, or health.none() if it needs none" +
                  unless_base(subject, "one"));
}

void check_size_budget(const Subject& subject, const std::string&, Report& report) {
  uint64_t budget = subject.decl().budget;
  if (budget == 0) return;
  FactsPtr facts = subject.facts();
  if (!facts) return report.note("not built as declared, so its size was not checked");
  if (facts->size <= budget) return;
  report.find(subject.decl().budget_at,
              fmt::format("{} has {} of layers, over its budget of {}", subject.name(),
                          human_bytes(facts->size), human_bytes(budget)),
              fmt::format("`tierbuild inspect {}` shows its layers", subject.decl().name));
}

}  // namespace tierbuild::lint
