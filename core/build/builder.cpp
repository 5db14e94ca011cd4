#include "build/builder.hpp"

#include <mutex>
#include <set>
#include <thread>

#include "build/execution.hpp"
#include "build/for_each.hpp"
#include "build/foreign.hpp"
#include "build/image_index.hpp"
#include "build/planning.hpp"
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

std::string BuildOptions::form() const {
  return (format == image::Format::docker ? "docker " : "") + std::string(archive::name_of(compression));
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
        sources(world.fingerprints, world.store, jobs),
        context{graph, outputs, sources, world, options, jobs, "", ""},
        keying(context) {}

  graph::Plan plan(const std::vector<graph::TargetId>& targets) const {
    // Lookups cost less in one transaction.
    auto reading = context.world.store.records().batch(store::Records::Access::read);
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

/// Brings the layers of finished images that are only promised, but for those that lie in the registry
/// `mountable`.
Status bring_layers(store::Store& store, const BuildReport& report, const std::string& mountable) {
  std::set<Digest> wanted;
  for (const TargetResult& target : report.targets) {
    TB_LET(std::string json, store.blobs().read(target.manifest.digest));
    TB_LET(image::Manifest manifest, image::Manifest::parse(json));
    for (const image::Descriptor& layer : manifest.layers)
      if (auto promise = store.promised(layer.digest);
          promise && (mountable.empty() || !promise->from.starts_with(mountable + "/")))
        wanted.insert(layer.digest);
  }
  const std::vector<Digest> layers(wanted.begin(), wanted.end());
  constexpr unsigned kParallel = 4;
  return for_each(layers, kParallel, [&](const Digest& layer) -> Status {
    TB_TRY(store.blobs().open(layer), "while bringing layer {}", layer.short_hex());
    return {};
  });
}

/// Forgets images of these targets whose layers are neither here nor promised by anybody who keeps it.
Status forget_hollow(store::Store& store, const graph::Graph& graph,
                     const std::vector<graph::TargetId>& targets) {
  for (graph::TargetId target : targets) {
    const std::string name = graph[target].id();
    TB_LET(std::optional<store::ImageRecord> record, store.records().image(name, graph[target].platform));
    if (!record) continue;
    auto json = store.blobs().read(record->manifest.digest);
    auto manifest = json ? image::Manifest::parse(*json) : Result<image::Manifest>(std::move(json).error());
    bool whole =
        manifest && std::all_of(manifest->layers.begin(), manifest->layers.end(),
                                [&](const image::Descriptor& layer) { return store.holds(layer.digest); });
    if (!whole) TB_TRY(store.records().forget_image(name, graph[target].platform));
  }
  return {};
}

}  // namespace

// Programs of another platform are no trouble while nothing of it has to run: so what has to is only looked
// up where this host cannot run them.
Status Builder::check_platforms(const graph::Graph& graph, const std::vector<graph::TargetId>& targets,
                                const std::vector<graph::NodeId>& nodes) {
  std::map<image::Platform, Status> able;
  bool any = false;
  for (graph::NodeId node : nodes) {
    if (!runs_programs(graph[node].op)) continue;
    auto [known, is_new] = able.try_emplace(graph[node].platform);
    if (is_new) known->second = can_run(graph[node].platform);
    any = any || !known->second;
  }
  if (!any) return {};
  TB_LET(PlanReport planned, plan(graph, targets));
  for (const PlannedStep& step : planned.steps) {
    const graph::Node& node = graph[step.node];
    if (step.verdict == Verdict::reuse || !runs_programs(node.op) || able[node.platform]) continue;
    return Error(able[node.platform].error())
        .at(node.where)
        .with("step {} has to run", graph.title(step.node));
  }
  return {};
}

Result<BuildReport> Builder::attempt(const graph::Graph& graph, const std::vector<graph::TargetId>& targets,
                                     Announce announce, std::stop_token stop) {
  const auto& [world, options, jobs] = *state_;
  Run run(graph, world, options, jobs);
  graph::Plan plan = run.plan(targets);

  if (announce == Announce::yes) world.events.on(BuildStarted{plan.order.size(), targets.size()});
  // Without a sandbox nothing may run. The first search for one starts containers: where a cache may have all
  // that is wanted, it waits for a step that must run.
  std::once_flag searched;
  Status tools;
  auto search = [&]() -> Status {
    TB_LET(run.context.helper, sandbox::find_helper());
    TB_LET(run.context.runtime, choose_runtime(world.store, options.runtime));
    return {};
  };
  auto find_tools = [&](const graph::Node& node) -> Status {
    if (!runs_programs(node.op)) return {};
    std::call_once(searched, [&] { tools = search(); });
    return tools;
  };
  auto check_step = [&](const graph::Node& node) -> Status {
    if (runs_programs(node.op)) TB_TRY(can_run(node.platform));
    return find_tools(node);
  };
  run.sources.look(file_sources(graph, plan), stop);
  CacheUse cache(run.context, run.keying, plan, targets);
  if (!cache.is_readable()) {
    TB_TRY(check_platforms(graph, targets, plan.order));
    for (graph::NodeId node : plan.order) TB_TRY(find_tools(graph[node]));
  }
  Execution execution(run.context, run.outputs, plan, targets, jobs, cache, check_step);
  BuildReport report = execution.run(stop);
  if (report.ok() && options.whole_images)
    if (Status whole = bring_layers(world.store, report, options.mountable); !whole)
      report.errors.push_back(std::move(whole).error());
  if (report.ok() && world.cache != nullptr) {
    cache.give([&](graph::NodeId node) { return execution.key_of(node); }, stop);
    for (std::string& text : world.cache->take_notices()) world.events.on(Notice{std::move(text)});
  }
  for (const Status& saved : {run.sources.save(), world.fingerprints.save()})
    if (!saved)
      world.events.on(Notice{fmt::format("what is known of files was not saved: {}", saved.error().str())});
  return report;
}

Result<BuildReport> Builder::build(const graph::Graph& graph, const std::vector<graph::TargetId>& targets,
                                   std::stop_token stop) {
  const Clock& clock = state_->world.clock;
  int64_t started = clock.monotonic();
  unsigned seen = state_->world.store.broken_promises();
  TB_LET(BuildReport report, attempt(graph, targets, Announce::yes, stop));
  // A layer that a cache had promised was not to be had. Its source is out of use from then on, so that what
  // would have come from there is made here; what has run is reused.
  while (!report.ok() && !stop.stop_requested() && state_->world.store.broken_promises() != seen) {
    seen = state_->world.store.broken_promises();
    state_->world.events.on(Notice{fmt::format(
        "a cache does not keep what it promised, so its steps run here: {}", report.errors.front().str())});
    TB_TRY(forget_hollow(state_->world.store, graph, targets));
    TB_LET(report, attempt(graph, targets, Announce::no, stop));
  }

  TB_LET(report.indexes, make_indexes(state_->world.store, graph, report.targets));
  std::vector<std::pair<std::string, image::Descriptor>> refs;
  std::set<std::string> indexed;
  for (const IndexResult& index : report.indexes) {
    indexed.insert(index.name);
    for (const std::string& tag : index.tags) refs.emplace_back(tag, index.manifest);
  }
  for (const TargetResult& target : report.targets)
    if (target.built && !indexed.contains(target.name))
      for (const std::string& tag : target.tags) refs.emplace_back(tag, target.manifest);
  if (!refs.empty())
    if (Status named = state_->world.store.set_refs(refs); !named)
      report.errors.push_back(std::move(named).error());

  report.duration_ms = clock.monotonic() - started;
  store::BuildRecord record;
  record.started_ms = clock.now() - report.duration_ms;
  record.duration_ms = report.duration_ms;
  record.outcome = report.ok() ? "done" : stop.stop_requested() ? "cancelled" : "failed";
  record.ran = report.ran;
  record.reused = report.reused;
  record.failed = report.failed;
  record.causes = report.causes;
  if (!record.causes.empty()) TB_TRY(state_->world.store.records().put(record));
  state_->world.events.on(
      BuildFinished{report.ran, report.reused, report.failed, report.skipped, report.duration_ms});
  return report;
}

Result<PlanReport> Builder::plan(const graph::Graph& graph, const std::vector<graph::TargetId>& targets) {
  Run run(graph, state_->world, state_->options, state_->jobs);
  graph::Plan plan = run.plan(targets);
  run.sources.look(file_sources(graph, plan), {});
  return plan_build(run.context, run.outputs, std::move(plan), targets, state_->jobs);
}

}  // namespace tierbuild::build
