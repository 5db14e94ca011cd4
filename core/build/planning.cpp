#include "build/planning.hpp"

#include "archive/layer_writer.hpp"
#include "graph/schedule.hpp"

namespace tierbuild::build {
namespace {

using graph::Change;
using graph::NodeId;

/// Walks the steps in order. A step that would run is taken to make what it made the last time, so that the
/// steps above it can be told: if they are found under that, equal output would reuse them; if not, they run.
class Planning {
 public:
  Planning(const WorkContext& context, Outputs& outputs, const graph::Plan& plan,
           const std::vector<graph::TargetId>& targets, unsigned jobs)
      : context_(context),
        outputs_(outputs),
        plan_(plan),
        targets_(targets),
        jobs_(jobs),
        keying_(context),
        history_(context, targets),
        assumed_(context.graph.nodes().size(), Assumed::no),
        index_(context.graph.nodes().size()) {}

  Result<PlanReport> run() {
    for (NodeId node : plan_.order) {
      index_[node.index()] = report_.steps.size();
      PlannedStep step;
      step.node = node;
      step.label = context_.graph[node].label;
      TB_TRY(judge(step), "in step {}", step.label);
      report_.steps.push_back(std::move(step));
    }
    predict();
    for (graph::TargetId target : targets_) report_.images.push_back(image(target));
    for (PlannedStep& step : report_.steps) step.label = context_.graph.title(step.node);
    return std::move(report_);
  }

 private:
  enum class Assumed : uint8_t { no, as_before, unknown };

  // The input that would have to run first, if one is.
  std::optional<NodeId> unsure_input(NodeId node) const {
    std::optional<NodeId> unsure;
    for (NodeId input : context_.graph.inputs_of(node)) {
      if (assumed_[input.index()] == Assumed::unknown) return input;
      if (assumed_[input.index()] == Assumed::as_before && !unsure) unsure = input;
    }
    return unsure;
  }

  Status judge(PlannedStep& step) {
    const PastStep* past = nullptr;
    std::optional<NodeId> below = unsure_input(step.node);
    if (below && assumed_[below->index()] == Assumed::unknown) {
      // Nothing is known of what it would stand on, so that there is nothing to look up.
      past = history_.past(step.node);
      step.verdict = past == nullptr ? Verdict::run : Verdict::maybe;
      step.waits_for = *below;
      step.changes =
          past == nullptr
              ? history_.changes(step.node, {})
              : std::vector{Change{
                    Change::Subject::image, Change::How::added, history_.label_of(*below), {}, {}, {}, {}}};
      return assume(step, past, {});
    }
    TB_LET(Key key, keying_.key(step.node, Keying::Pins::known_only, Keying::Fields::files, {}));
    if (!keying_.may_reuse(step.node)) {
      step.verdict = Verdict::run;
      step.changes = {keying_.request()};
      return assume(step, history_.past(step.node), key);
    }
    TB_LET(std::optional<Keying::Found> found, keying_.lookup(key.digest));
    if (found && !below) {
      step.bytes = found->output.size;
      step.layers = found->output.layers;
      step.config = found->output.blob;
      outputs_.set(step.node, std::move(found->output));
      reused_[step.node] = {key.digest, found->created_ms};
      return {};
    }
    past = history_.past(step.node);
    step.verdict = found ? Verdict::maybe : Verdict::run;
    if (below) step.waits_for = *below;
    if (!found || past == nullptr || past->key != key.digest) step.changes = history_.changes(step.node, key);
    return assume(step, past, key);
  }

  Status assume(PlannedStep& step, const PastStep* past, const Key& key) {
    bool renamed =
        past != nullptr && past->label != step.label && past->label != history_.label_of(step.node);
    if (renamed) step.was = past->label;
    std::optional<int64_t> known = keying_.known_ms(step.label);
    if (!known && past != nullptr && past->record) known = past->record->duration_ms;
    step.expected_ms = known ? std::max<int64_t>(*known, 1) : keying_.expected_ms(step.node);
    Output output;
    if (past != nullptr) {
      TB_LET(std::optional<Keying::Found> last, keying_.lookup(past->key));
      if (last) {
        output = std::move(last->output);
      } else if (past->record) {
        output.layers = past->record->layers;
        output.blob = past->record->config;
      }
    }
    step.bytes = output.size;
    const graph::Operation& op = context_.graph[step.node].op;
    if (const auto* fetch = std::get_if<graph::Fetch>(&op)) {  // named by its content, which is known
      if (auto digest = Digest::from_hex(fetch->sha256)) output.blob = *digest;
    }
    bool is_base = std::holds_alternative<graph::Base>(op);
    bool is_known = past != nullptr || (!is_base && !key.digest.empty());
    assumed_[step.node.index()] = is_known ? Assumed::as_before : Assumed::unknown;
    outputs_.set(step.node, std::move(output));
    return {};
  }

  void predict() {
    std::vector<int64_t> all(context_.graph.nodes().size()), certain = all;
    for (const PlannedStep& step : report_.steps) {
      if (step.verdict == Verdict::reuse) continue;
      all[step.node.index()] = step.expected_ms;
      if (step.verdict == Verdict::run) certain[step.node.index()] = step.expected_ms;
      report_.new_bytes += step.bytes;
    }
    // Priorities are over what would run: reused steps cost nothing.
    graph::Plan costed =
        graph::make_plan(context_.graph, targets_, [&](NodeId node) { return all[node.index()]; });
    graph::Schedule schedule = graph::simulate(context_.graph, costed, jobs_, all);
    report_.jobs = jobs_;
    report_.expected_ms = schedule.duration_ms;
    report_.least_ms = graph::simulate(context_.graph, costed, jobs_, certain).duration_ms;
    report_.critical_path = schedule.last_chain;
    for (PlannedStep& step : report_.steps) {
      if (step.verdict == Verdict::reuse) continue;
      step.start_ms = schedule.slots[step.node.index()].start_ms;
      step.end_ms = schedule.slots[step.node.index()].end_ms;
    }
    for (NodeId node : schedule.last_chain) report_.steps[index_[node.index()]].critical = true;
  }

  PlannedImage image(graph::TargetId target) {
    const graph::Graph& graph = context_.graph;
    PlannedImage image;
    image.target = target;
    image.name = graph.title(target);
    bool unsure = false, unknown = false;
    for (NodeId node : graph.layers_of(graph[target].root)) {
      const PlannedStep& step = report_.steps[index_[node.index()]];
      image.bytes += step.bytes;
      if (step.verdict != Verdict::reuse) image.new_bytes += step.bytes;
      unsure = unsure || step.verdict != Verdict::reuse;
      unknown = unknown || assumed_[node.index()] == Assumed::unknown;
    }
    Key key = graph::image_key(graph, target, context_.outputs.chain(graph[target].root),
                               history_of(context_, graph[target].root),
                               context_.outputs.base(graph[target].root).blob, context_.options.form());
    auto record = context_.world.store.records().image(graph[target].id(), graph[target].platform);
    bool held = record && *record && (*record)->key == key.digest &&
                context_.world.store.blobs().has((*record)->manifest.digest);
    if (record && *record) {
      image.tags_before = (*record)->tags;
      image.made_ms = (*record)->created_ms;
    }
    image.verdict = held && !unsure ? Verdict::reuse : held ? Verdict::maybe : Verdict::run;
    Digest made_of = key_over(graph, target, [&](NodeId node) { return reused_[node].key; });
    if (image.verdict == Verdict::reuse && (*record)->made_of == made_of) return image;
    look_back(target);
    image.changes = unknown ? std::vector<Change>() : history_.changes(target, key);
    image.gone_steps = history_.gone_steps(target);
    return image;
  }

  // Reused steps of a target that is not as it was last built: what changed, and when they were made.
  void look_back(graph::TargetId target) {
    for (NodeId node : graph::nodes_of(context_.graph, target)) {
      auto reused = reused_.find(node);
      if (reused == reused_.end() || reused->second.key.empty()) continue;
      PlannedStep& step = report_.steps[index_[node.index()]];
      if (!history_.differs(node, reused->second.key)) continue;
      auto key = keying_.key(node, Keying::Pins::known_only, Keying::Fields::files, {});
      if (!key) continue;
      step.changes = history_.changes(node, *key);
      step.found_ms = reused->second.created_ms;
    }
  }

  const WorkContext& context_;
  Outputs& outputs_;
  const graph::Plan& plan_;
  const std::vector<graph::TargetId>& targets_;
  unsigned jobs_;
  Keying keying_;
  History history_;
  std::vector<Assumed> assumed_;
  std::vector<size_t> index_;  // by node: of its step in the report
  struct Reused {
    Digest key;
    int64_t created_ms = 0;
  };
  std::map<NodeId, Reused> reused_;
  PlanReport report_;
};

}  // namespace

Result<PlanReport> plan_build(const WorkContext& context, Outputs& outputs, const graph::Plan& plan,
                              const std::vector<graph::TargetId>& targets, unsigned jobs) {
  return Planning(context, outputs, plan, targets, jobs).run();
}

}  // namespace tierbuild::build
