#include "cli/plan_report.hpp"

#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "cli/change_json.hpp"
#include "cli/content_tags.hpp"
#include "cli/display.hpp"
#include "cli/exit_status.hpp"
#include "cli/text_table.hpp"
#include "graph/stamp.hpp"

namespace tierbuild::cli {
namespace {

using Json = nlohmann::ordered_json;

struct PlannedTarget {
  std::string name, platform;
  std::vector<std::string> tags;
  bool push = false;
};

std::string waits_for(const build::PlanReport& plan, const build::PlannedStep& step) {
  auto below = std::find_if(plan.steps.begin(), plan.steps.end(),
                            [&](const build::PlannedStep& other) { return other.node == step.waits_for; });
  return below == plan.steps.end() ? std::string() : below->label;
}

std::string reason_of(const build::PlanReport& plan, const build::PlannedStep& step) {
  if (step.verdict == build::Verdict::maybe && step.changes.empty())
    return waits_for(plan, step) + " runs first";
  if (step.verdict == build::Verdict::reuse && step.found_ms > 0)
    return fmt::format("{}; made before", graph::text_of(step.changes));
  return graph::text_of(step.changes);
}

std::string about(uint64_t bytes) {
  return bytes == 0 ? std::string() : "~" + human_bytes(bytes);
}

// What a push would send at most: a registry may hold some of it already.
uint64_t bytes_to_push(const build::PlanReport& plan, const std::vector<PlannedTarget>& targets) {
  uint64_t bytes = 0;
  for (size_t i = 0; i < targets.size(); ++i)
    if (targets[i].push && plan.images[i].verdict != build::Verdict::reuse) bytes += plan.images[i].new_bytes;
  return bytes;
}

// What goes where; what is for several platforms goes there once, with all of them.
std::string pushes(const std::vector<PlannedTarget>& targets) {
  std::string out;
  std::vector<std::string> shown;
  for (const PlannedTarget& target : targets) {
    if (!target.push || std::find(shown.begin(), shown.end(), target.name) != shown.end()) continue;
    shown.push_back(target.name);
    std::vector<std::string> platforms;
    for (const PlannedTarget& other : targets)
      if (other.name == target.name) platforms.push_back(other.platform);
    std::string with = platforms.size() > 1 ? fmt::format(" for {}", join(platforms, ", ")) : "";
    for (const std::string& tag : target.tags)
      out += fmt::format("push {} as {}{}\n", target.name, tag, with);
  }
  return out;
}

std::string critical_text(const build::PlanReport& plan) {
  std::string out;
  for (const build::PlannedStep& step : plan.steps)
    if (step.critical) out += (out.empty() ? "" : " → ") + printable(step.label);
  return out;
}

std::string summary(const build::PlanReport& plan, size_t run, size_t maybe, size_t reuse) {
  std::string out = fmt::format("{} to run, {} depending on what those make, {} reused", run, maybe, reuse);
  if (plan.expected_ms == 0) return out + "\n";
  out += fmt::format("; about {} with -j{}", human_duration(plan.expected_ms), plan.jobs);
  if (plan.least_ms < plan.expected_ms)
    out += fmt::format(" ({} if those make what they made)", human_duration(plan.least_ms));
  if (plan.new_bytes > 0) out += fmt::format(", {} of layers", human_bytes(plan.new_bytes));
  out += "\n";
  std::string path = critical_text(plan);
  return path.find("→") == std::string::npos ? out : fmt::format("{}longest: {}\n", out, path);
}

std::string as_text(const build::PlanReport& plan, const std::vector<PlannedTarget>& targets, bool push,
                    const Terminal& terminal) {
  TextTable table({{"", Align::left},
                   {"STEP", Align::left},
                   {"TIME", Align::right},
                   {"LAYERS", Align::right},
                   {"WHY", Align::left}});
  size_t run = 0, maybe = 0, reuse = 0;
  for (const build::PlannedStep& step : plan.steps) {
    Colour colour = Colour::dim;
    bool reused = step.verdict == build::Verdict::reuse;
    if (step.verdict == build::Verdict::run) {
      ++run;
      colour = Colour::yellow;
    } else if (step.verdict == build::Verdict::maybe) {
      ++maybe;
      colour = Colour::none;
    } else {
      ++reuse;
    }
    std::string time = reused ? std::string() : "~" + human_duration(step.expected_ms);
    table.add({terminal.paint(colour, build::name_of(step.verdict)), printable(step.label), time,
               reused ? std::string() : about(step.bytes), printable(reason_of(plan, step))});
  }
  std::string out = plan.steps.empty() ? std::string() : table.str(terminal);
  out += summary(plan, run, maybe, reuse);
  if (!push) return out;
  out += pushes(targets);
  if (uint64_t bytes = bytes_to_push(plan, targets); bytes > 0)
    out += fmt::format("about {} of new layers to push\n", human_bytes(bytes));
  return out;
}

Json as_json(const build::PlanReport& plan, const build::PlannedStep& step) {
  Json json{{"id", step.node.index()},
            {"step", step.label},
            {"verdict", build::name_of(step.verdict)},
            {"reason", reason_of(plan, step)},
            {"changes", changes_json(step.changes)},
            {"waits_for", waits_for(plan, step)},
            {"expected_ms", step.expected_ms},
            {"start_ms", step.start_ms},
            {"end_ms", step.end_ms},
            {"critical", step.critical},
            {"bytes", step.bytes}};
  return json;
}

Json as_json(const build::PlanReport& plan, const std::vector<PlannedTarget>& targets, bool push) {
  Json steps = Json::array(), named = Json::array(), path = Json::array();
  for (const build::PlannedStep& step : plan.steps) {
    steps.push_back(as_json(plan, step));
    if (step.critical) path.push_back(step.label);
  }
  for (size_t i = 0; i < targets.size(); ++i) {
    const build::PlannedImage& image = plan.images[i];
    named.push_back({{"name", targets[i].name},
                     {"platform", targets[i].platform},
                     {"tags", targets[i].tags},
                     {"push", push && targets[i].push},
                     {"image", build::name_of(image.verdict)},
                     {"changes", changes_json(image.changes)},
                     {"gone_steps", image.gone_steps},
                     {"bytes", image.bytes},
                     {"new_bytes", image.new_bytes}});
  }
  return {{"targets", named},
          {"steps", steps},
          {"jobs", plan.jobs},
          {"expected_ms", plan.expected_ms},
          {"least_ms", plan.least_ms},
          {"critical_path", path},
          {"new_bytes", plan.new_bytes},
          {"push_bytes", push ? bytes_to_push(plan, targets) : 0}};
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

  std::unique_ptr<Display> notices = quiet_display(program.err());
  build::BuildContext context = session.build_context(**store, *notices);
  auto keyed = fill_content_keys(session, context, *options, *targets);
  if (!keyed) return program.fail(keyed.error());

  std::vector<PlannedTarget> planned;
  for (graph::TargetId id : *targets) {
    const graph::Target& target = session.graph()[id];
    PlannedTarget shown{target.id(), target.platform.str(), {}, target.push};
    for (const std::string& tag : target.tags) {
      auto filled = graph::fill_stamps(tag, *stamps);
      if (filled)
        shown.tags.push_back(*filled);
      else
        program.warn(Error(filled.error()).at(target.where));
    }
    planned.push_back(std::move(shown));
  }

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
