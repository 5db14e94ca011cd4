#include "cli/plan_report.hpp"

#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "cli/display.hpp"
#include "cli/exit_status.hpp"
#include "cli/text_table.hpp"
#include "graph/stamp.hpp"

namespace tierbuild::cli {
namespace {

using Json = nlohmann::ordered_json;

struct PlannedTarget {
  std::string name;
  std::vector<std::string> tags;
  bool push = false;
};

std::string as_text(const build::PlanReport& plan, const std::vector<PlannedTarget>& targets, bool push,
                    const Terminal& terminal) {
  TextTable table({{"", Align::left}, {"STEP", Align::left}, {"TIME", Align::right}, {"WHY", Align::left}});
  size_t run = 0, maybe = 0, reuse = 0;
  for (const build::PlannedStep& step : plan.steps) {
    Colour colour = Colour::dim;
    if (step.verdict == build::Verdict::run) {
      ++run;
      colour = Colour::yellow;
    } else if (step.verdict == build::Verdict::maybe) {
      ++maybe;
      colour = Colour::none;
    } else {
      ++reuse;
    }
    std::string time = step.verdict == build::Verdict::reuse || step.expected_ms == 0
                           ? std::string()
                           : "~" + human_duration(step.expected_ms);
    table.add({terminal.paint(colour, build::name_of(step.verdict)), printable(step.label), time,
               printable(step.reason)});
  }
  std::string out = plan.steps.empty() ? std::string() : table.str(terminal);
  out += fmt::format("{} to run, {} depending on what those make, {} reused", run, maybe, reuse);
  if (plan.expected_ms > 0) out += fmt::format("; about {}", human_duration(plan.expected_ms));
  out += "\n";
  if (push)
    for (const PlannedTarget& target : targets)
      for (const std::string& tag : target.tags)
        if (target.push) out += fmt::format("push {} as {}\n", target.name, tag);
  return out;
}

Json as_json(const build::PlanReport& plan, const std::vector<PlannedTarget>& targets, bool push) {
  Json steps = Json::array();
  for (const build::PlannedStep& step : plan.steps) {
    bool critical = std::find(plan.critical_path.begin(), plan.critical_path.end(), step.node) !=
                    plan.critical_path.end();
    steps.push_back({{"id", step.node.index()},
                     {"step", step.label},
                     {"verdict", build::name_of(step.verdict)},
                     {"reason", step.reason},
                     {"expected_ms", step.expected_ms},
                     {"critical", critical}});
  }
  Json named = Json::array();
  for (const PlannedTarget& target : targets)
    named.push_back({{"name", target.name}, {"tags", target.tags}, {"push", push && target.push}});
  return {{"targets", named}, {"steps", steps}, {"expected_ms", plan.expected_ms}};
}

}  // namespace

int print_plan(Session& session, const std::vector<std::string>& selectors, bool push, Format format) {
  Program& program = session.program();
  auto targets = session.select(selectors);
  if (!targets) return program.fail(targets.error());
  auto store = session.store();
  if (!store) return program.fail(store.error());
  auto options = session.build_options();
  if (!options) return program.fail(options.error());
  auto stamps = session.stamps(*targets, {});
  if (!stamps) return program.fail(stamps.error());
  options->stamps = *stamps;

  std::vector<PlannedTarget> planned;
  for (graph::TargetId id : *targets) {
    const graph::Target& target = session.graph()[id];
    PlannedTarget shown{target.id(), {}, target.push};
    for (const std::string& tag : target.tags) {
      auto filled = graph::fill_stamps(tag, *stamps);
      if (filled)
        shown.tags.push_back(*filled);
      else
        program.warn(Error(filled.error()).at(target.where));
    }
    planned.push_back(std::move(shown));
  }

  std::unique_ptr<Display> notices = quiet_display(program.err());
  build::BuildContext context = session.build_context(**store, *notices);
  auto plan = build::Builder(context, *options).plan(session.graph(), *targets);
  if (auto saved = session.fingerprints().save(); !saved) program.warn(saved.error());
  if (!plan) return program.fail(plan.error());
  if (format == Format::json)
    program.out().write(as_json(*plan, planned, push).dump(2, ' ', false, Json::error_handler_t::replace) +
                        "\n");
  else
    program.out().write(as_text(*plan, planned, push, program.out()));
  return kDone;
}

}  // namespace tierbuild::cli
