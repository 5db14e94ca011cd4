#include "build/builder.hpp"

#include <thread>

#include "build/execution.hpp"
#include "build/runtime_choice.hpp"
#include "sandbox/runtime.hpp"

namespace tierbuild::build {

std::string_view name_of(StepOutcome outcome) {
  switch (outcome) {
    case StepOutcome::reused:
      return "reused";
    case StepOutcome::ran:
      return "ran";
    case StepOutcome::failed:
      return "failed";
    case StepOutcome::skipped:
      return "skipped";
    case StepOutcome::cancelled:
      return "cancelled";
  }
  return "skipped";
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::reuse:
      return "reuse";
    case Verdict::run:
      return "run";
    case Verdict::maybe:
      return "maybe";
  }
  return "maybe";
}

struct Builder::State {
  BuildContext world;
  BuildOptions options;
  unsigned jobs;
};

Builder::Builder(BuildContext context, BuildOptions options)
    : state_(std::make_unique<State>(State{context, std::move(options), 1})) {
  state_->jobs =
      state_->options.jobs != 0 ? state_->options.jobs : std::max(1u, std::thread::hardware_concurrency());
}

Builder::~Builder() = default;

namespace {

/// All that one build or plan of a graph stands on.
struct Run {
  Outputs outputs;
  Sources sources;
  WorkContext context;
  Keying keying;

  Run(const graph::Graph& graph, const BuildContext& world, const BuildOptions& options, unsigned jobs)
      : outputs(graph),
        sources(world.fingerprints, jobs),
        context{graph, outputs, sources, world, options, jobs, "", ""},
        keying(context) {}

  graph::Plan plan(const std::vector<graph::TargetId>& targets) const {
    return graph::make_plan(context.graph, targets,
                            [this](graph::NodeId node) { return keying.expected_ms(node); });
  }
};

std::vector<const graph::FileSource*> file_sources(const graph::Graph& graph, const graph::Plan& plan) {
  std::vector<const graph::FileSource*> files;
  for (graph::NodeId node : plan.order)
    for (const graph::Source* source : graph.sources_of(node))
      if (const auto* file = std::get_if<graph::FileSource>(source)) files.push_back(file);
  return files;
}

bool runs_process(const graph::Operation& op) {
  if (std::holds_alternative<graph::Run>(op)) return true;
  const auto* base = std::get_if<graph::Base>(&op);
  return base != nullptr && base->kind == graph::Base::Kind::debian;
}

}  // namespace

Result<BuildReport> Builder::build(const graph::Graph& graph, const std::vector<graph::TargetId>& targets,
                                   std::stop_token stop) {
  const Clock& clock = state_->world.clock;
  int64_t started = clock.monotonic();
  Run run(graph, state_->world, state_->options, state_->jobs);
  graph::Plan plan = run.plan(targets);

  // Without a sandbox nothing may run; but a build that has nothing to run needs none, so the search waits
  // for that.
  state_->world.events.on(BuildStarted{plan.order.size(), targets.size()});
  bool any_process = std::any_of(plan.order.begin(), plan.order.end(),
                                 [&](graph::NodeId node) { return runs_process(graph[node].op); });
  if (any_process) {
    TB_LET(run.context.helper, sandbox::find_helper());
    TB_LET(run.context.runtime, choose_runtime(state_->world.store, state_->options.runtime));
  }
  run.sources.look(file_sources(graph, plan), stop);
  Execution execution(run.context, run.outputs, plan, targets, state_->jobs);
  BuildReport report = execution.run(stop);

  std::vector<std::pair<std::string, image::Descriptor>> refs;
  for (const TargetResult& target : report.targets)
    if (target.built)
      for (const std::string& tag : target.tags) refs.emplace_back(tag, target.manifest);
  if (!refs.empty())
    if (Status named = state_->world.store.set_refs(refs); !named)
      report.errors.push_back(std::move(named).error());
  if (Status saved = state_->world.fingerprints.save(); !saved)
    state_->world.events.on(
        Notice{fmt::format("the fingerprint cache was not saved: {}", saved.error().str())});

  report.duration_ms = clock.monotonic() - started;
  store::BuildRecord record;
  record.started_ms = clock.now() - report.duration_ms;
  record.duration_ms = report.duration_ms;
  record.outcome = report.ok() ? "done" : stop.stop_requested() ? "cancelled" : "failed";
  record.ran = report.ran;
  record.reused = report.reused;
  record.failed = report.failed;
  if (report.ran + report.failed > 0) TB_TRY(state_->world.store.records().put(record));
  state_->world.events.on(
      BuildFinished{report.ran, report.reused, report.failed, report.skipped, report.duration_ms});
  return report;
}

Result<PlanReport> Builder::plan(const graph::Graph& graph, const std::vector<graph::TargetId>& targets) {
  Run run(graph, state_->world, state_->options, state_->jobs);
  graph::Plan plan = run.plan(targets);
  run.sources.look(file_sources(graph, plan), {});
  PlanReport report;
  std::map<graph::NodeId, int64_t> cost;  // of the steps that would run
  for (graph::NodeId node : plan.order) {
    PlannedStep step;
    step.node = node;
    step.label = graph[node].label;
    std::vector<graph::NodeId> inputs = graph.inputs_of(node);
    auto unknown =
        std::find_if(inputs.begin(), inputs.end(), [&](graph::NodeId id) { return !run.outputs.known(id); });
    if (unknown != inputs.end()) {
      step.verdict = Verdict::maybe;
      step.reason = fmt::format("{} runs first", graph[*unknown].label);
    } else {
      TB_LET(Key key, run.keying.key(node, Keying::Pins::known_only, Keying::Fields::brief, {}), "in step {}",
             step.label);
      TB_LET(std::optional<Output> found, run.keying.lookup(key));
      step.verdict = found ? Verdict::reuse : Verdict::run;
      if (found) {
        step.layers = found->layers;
        step.config = found->blob;
        run.outputs.set(node, *std::move(found));
      } else {
        TB_LET(key, run.keying.key(node, Keying::Pins::known_only, Keying::Fields::files, {}));
        step.reason = run.keying.reason(node, key);
      }
    }
    if (step.verdict != Verdict::reuse) step.expected_ms = cost[node] = run.keying.expected_ms(node);
    report.steps.push_back(std::move(step));
  }

  // The critical path counts what would run; reused steps cost nothing.
  graph::Plan costed = graph::make_plan(graph, targets, [&](graph::NodeId node) {
    auto found = cost.find(node);
    return found == cost.end() ? 0 : found->second;
  });
  for (graph::NodeId node : graph::critical_path(graph, costed)) {
    auto found = cost.find(node);
    if (found == cost.end()) continue;
    report.critical_path.push_back(node);
    report.expected_ms += found->second;
  }
  return report;
}

}  // namespace tierbuild::build
