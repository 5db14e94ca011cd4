#include "build/history.hpp"

#include <charconv>

#include "base/strings.hpp"
#include "fs/file.hpp"
#include "fs/ignore_rules.hpp"
#include "graph/difference.hpp"
#include "graph/shape.hpp"

namespace tierbuild::build {
namespace {

using graph::Change;
using graph::NodeId;
using How = Change::How;
using Subject = Change::Subject;

Change change(Subject subject, How how, std::string name = {}, std::string now = {}) {
  return {subject, how, std::move(name), {}, std::move(now), {}, {}};
}

std::vector<graph::MadeOf> parse_steps(const std::vector<KeyField>& fields) {
  std::vector<graph::MadeOf> steps;
  for (size_t i = 0; i + 1 < fields.size(); i += 2) {
    auto key = Digest::parse(fields[i].value), shape = Digest::parse(fields[i + 1].value);
    auto part = fields[i + 1].name.empty() ? graph::MadeOf::Part::layer : graph::MadeOf::Part::beside;
    if (key && shape) steps.push_back({fields[i].name, *key, *shape, part});
  }
  return steps;
}

// Of "reads image[2]" and "source[2]"; 0 of "stands on".
size_t index_in(std::string_view field) {
  size_t index = 0, at = field.find('[');
  if (at != std::string_view::npos)
    std::from_chars(field.data() + at + 1, field.data() + field.size(), index);
  return index;
}

// The line of the ignore file that decides about a path; 0 if none leaves it out.
int ignoring_line(std::string_view rules, std::string_view path) {
  int number = 0, decided = 0;
  for (std::string_view line : split(rules, '\n')) {
    ++number;
    bool negated = trim(line).starts_with('!');
    auto rule = fs::IgnoreRules::parse(negated ? trim(line).substr(1) : line);
    if (rule && rule->ignores(path)) decided = negated ? 0 : number;
  }
  return decided;
}

// A file that is gone from a step may still be on the disk: then something leaves it out.
void explain_left_out(std::vector<Change>& changes, const graph::FileSource& source) {
  std::filesystem::path root = source.root;
  const char* ignore_file = source.is_context ? "the ignore file" : fs::ignore_file_in(root);
  Result<std::string> rules =
      source.is_context ? join(source.ignore, "\n") : fs::read_file(root / ignore_file);
  for (Change& one : changes) {
    if (one.subject != Subject::file || one.how != How::gone || !fs::stat_entry(root, one.name)) continue;
    int line = rules ? ignoring_line(*rules, one.name) : 0;
    one.now = line > 0 ? fmt::format("{}:{}", ignore_file, line) : "the patterns of the step";
    if (line > 0 && !source.is_context) one.where = {ignore_file, line, 0};
  }
}

}  // namespace

std::vector<KeyField> steps_of(const graph::Graph& graph, graph::TargetId target, const KeyOf& key) {
  std::vector<NodeId> layers = graph.layers_of(graph[target].root);
  std::vector<KeyField> fields;
  for (NodeId node : graph::nodes_of(graph, target)) {
    bool layer = std::find(layers.begin(), layers.end(), node) != layers.end();
    fields.push_back({graph.named(target, node).label, key(node).str()});
    fields.push_back({layer ? "" : "beside", graph::own_fields(graph[node].op).finish().digest.str()});
  }
  return fields;
}

Digest key_over(const graph::Graph& graph, graph::TargetId target, const KeyOf& key) {
  Sha256 hash;
  for (NodeId node : graph.layers_of(graph[target].root)) {
    Digest digest = key(node);
    hash.update({reinterpret_cast<const char*>(digest.bytes().data()), Digest::kSize});
  }
  return hash.finish();
}

PastStep History::step(const std::string& label, const Digest& key) const {
  auto record = context_.world.store.records().step_inputs(key);
  return {label, key, record ? *std::move(record) : std::nullopt};
}

History::Past& History::of(graph::TargetId target) {
  auto [at, is_new] = loaded_.try_emplace(target);
  Past& past = at->second;
  if (!is_new) return past;
  const graph::Graph& graph = context_.graph;
  std::vector<NodeId> nodes = graph::nodes_of(graph, target);
  auto record = context_.world.store.records().last_image(graph[target].id(), graph[target].platform);
  if (record) past.record = *std::move(record);
  if (!past.record) {
    past.record = renamed(target, nodes);
    if (past.record) past.renamed_from = past.record->target;
  }
  if (past.record) past.steps = parse_steps(past.record->steps);
  std::vector<std::optional<size_t>> matches = graph::align_steps(past.steps, graph, target, nodes);
  for (size_t i = 0; i < nodes.size(); ++i) past.matches[nodes[i]] = matches[i];
  return past;
}

// Of the targets that the workspace no longer has, the one that shares the most steps of its own.
std::optional<store::ImageRecord> History::renamed(graph::TargetId target, const std::vector<NodeId>& nodes) {
  const graph::Graph& graph = context_.graph;
  store::Records& records = context_.world.store.records();
  auto images = records.images();
  if (!images) return std::nullopt;
  std::string scope = graph[target].id() + "/";
  std::set<Digest> shapes;
  for (NodeId node : nodes)
    if (graph[node].label.starts_with(scope))
      shapes.insert(graph::own_fields(graph[node].op).finish().digest);
  std::optional<store::ImageRecord> best;
  size_t most = 0;
  for (const store::ImageRecord& image : *images) {
    bool declared = std::any_of(graph.targets().begin(), graph.targets().end(),
                                [&](const graph::Target& other) { return other.id() == image.target; });
    if (declared || image.platform != graph[target].platform) continue;
    auto record = records.last_image(image.target, image.platform);
    if (!record || !*record) continue;
    size_t shared = 0;
    for (const graph::MadeOf& step : parse_steps((*record)->steps))
      shared += step.label.starts_with(image.target + "/") && shapes.contains(step.shape) ? 1 : 0;
    if (shared <= most) continue;
    most = shared;
    best = **record;
  }
  return best;
}

// The selected target whose own step it is, else the first that has it.
std::optional<graph::TargetId> History::owner(NodeId node) {
  const std::string& label = context_.graph[node].label;
  const image::Platform& platform = context_.graph[node].platform;
  auto is_of = [&](graph::TargetId target) { return context_.graph[target].platform == platform; };
  for (graph::TargetId target : targets_)
    if (is_of(target) && label.starts_with(context_.graph[target].id() + "/")) return target;
  for (graph::TargetId target : targets_)
    if (of(target).matches.contains(node)) return target;
  return std::nullopt;
}

const PastStep* History::past(NodeId node) {
  std::lock_guard lock(mutex_);
  return find(node);
}

bool History::differs(NodeId node, const Digest& key) {
  std::lock_guard lock(mutex_);
  std::optional<graph::TargetId> target = owner(node);
  if (!target) return false;
  const Past& past = of(*target);
  auto match = past.matches.find(node);
  return match != past.matches.end() && match->second && past.steps[*match->second].key != key;
}

const PastStep* History::find(NodeId node) {
  auto [at, is_new] = known_.try_emplace(node);
  if (!is_new) return at->second ? &*at->second : nullptr;
  std::optional<graph::TargetId> target = owner(node);
  if (target && !of(*target).steps.empty()) {
    const Past& past = of(*target);
    auto match = past.matches.find(node);
    if (match != past.matches.end() && match->second) {
      const graph::MadeOf& made = past.steps[*match->second];
      at->second = step(made.label, made.key);
    }
  } else if (auto last = context_.world.store.records().last_step(context_.graph[node].label);
             last && *last) {
    at->second = PastStep{(*last)->target, (*last)->key, *last};
  }
  return at->second ? &*at->second : nullptr;
}

std::string History::label_of(NodeId node) {
  std::lock_guard lock(mutex_);
  std::optional<graph::TargetId> target = owner(node);
  return target ? context_.graph.named(*target, node).label : context_.graph[node].label;
}

// What differs in a stack: the first of its steps that made something else, is new or gone.
Change History::below(graph::StackId stack, std::optional<graph::TargetId> owner) {
  const graph::Graph& graph = context_.graph;
  for (NodeId node : graph.layers_of(stack)) {
    const PastStep* past = find(node);
    if (past == nullptr) return change(Subject::image, How::added, label_of(node));
    if (!context_.outputs.known(node) || !past->record) continue;
    const Output& output = context_.outputs[node];
    if (past->record->layers != output.layers || past->record->config != output.blob)
      return change(Subject::image, How::changed, label_of(node));
  }
  if (owner)
    for (const std::string& label : gone_steps(*owner)) return change(Subject::image, How::gone, label);
  return change(Subject::image, How::changed);
}

Change History::refined(Change found, NodeId node) {
  const graph::Graph& graph = context_.graph;
  if (found.subject != Subject::image) return found;
  if (found.name.starts_with("source[")) {
    std::vector<const graph::Source*> sources = graph.sources_of(node);
    size_t index = index_in(found.name);
    const auto* fetch = index < sources.size() ? std::get_if<graph::FetchSource>(sources[index]) : nullptr;
    if (fetch == nullptr) return change(Subject::places, How::changed);
    return change(Subject::image, How::changed, label_of(fetch->node));
  }
  std::vector<graph::StackId> stacks = graph.stacks_of(node);
  size_t index = index_in(found.name);
  return index < stacks.size() ? below(stacks[index], owner(node)) : change(Subject::image, How::changed);
}

std::vector<Change> History::changes(NodeId node, const Key& key) {
  std::lock_guard lock(mutex_);
  const graph::Graph& graph = context_.graph;
  const PastStep* past = find(node);
  if (past == nullptr) {
    std::optional<graph::TargetId> target = owner(node);
    if (target && !of(*target).steps.empty()) return {change(Subject::step, How::added, graph[*target].id())};
    auto build = context_.world.store.records().last_cause(graph[node].label, graph[node].platform.str());
    if (build && *build > 0) return {change(Subject::record, How::gone, "", "pruned")};
    return {change(Subject::step, How::added)};
  }
  if (!past->record) return {change(Subject::record, How::gone, "", "pruned")};
  if (past->key == key.digest) return {change(Subject::record, How::gone)};
  std::vector<Change> found = graph::differences(past->record->inputs, key.fields);
  for (Change& one : found) one = refined(std::move(one), node);
  for (const graph::Source* source : graph.sources_of(node))
    if (const auto* files = std::get_if<graph::FileSource>(source)) {
      explain_left_out(found, *files);
      break;  // all of them are below one root
    }
  if (found.empty()) found.push_back(change(Subject::version, How::changed));
  return found;
}

// The tiers that the target stands on, if they are others than in the last build.
std::optional<Change> History::other_tiers(graph::TargetId target, const Past& past) const {
  const graph::Graph& graph = context_.graph;
  std::vector<std::string> before, now;
  auto note = [&](const std::string& label, std::vector<std::string>& tiers) {
    std::string scope = label.substr(0, label.find('/'));
    bool other =
        scope.find(':') != std::string::npos && scope != graph[target].id() && scope != past.record->target;
    if (other && (tiers.empty() || tiers.back() != scope)) tiers.push_back(std::move(scope));
  };
  for (const graph::MadeOf& step : past.steps)
    if (step.part == graph::MadeOf::Part::layer) note(step.label, before);
  for (NodeId node : graph.layers_of(graph[target].root)) note(graph.named(target, node).label, now);
  if (before == now || before.empty() || now.empty()) return std::nullopt;
  Change from = change(Subject::field, How::changed, "from", now.back());
  from.before = before.back();
  if (from.before == from.now) return std::nullopt;
  return from;
}

std::vector<Change> History::changes(graph::TargetId target, const Key& key) {
  std::lock_guard lock(mutex_);
  const Past& past = of(target);
  if (!past.record) return {change(Subject::step, How::added)};
  std::vector<Change> found;
  if (!past.renamed_from.empty()) {
    Change renamed = change(Subject::step, How::renamed, context_.graph[target].id());
    renamed.before = past.renamed_from;
    found.push_back(std::move(renamed));
  }
  if (std::optional<Change> from = other_tiers(target, past)) found.push_back(*std::move(from));
  if (past.record->key == key.digest || past.record->inputs.empty()) return found;
  for (Change& one : graph::differences(past.record->inputs, key.fields))
    found.push_back(one.subject == Subject::image ? below(context_.graph[target].root, target)
                                                  : std::move(one));
  return found;
}

std::vector<std::string> History::gone_steps(graph::TargetId target) {
  std::lock_guard lock(mutex_);
  const Past& past = of(target);
  std::vector<bool> kept(past.steps.size());
  for (const auto& [node, match] : past.matches)
    if (match) kept[*match] = true;
  std::vector<std::string> gone;
  for (size_t i = 0; i < kept.size(); ++i)
    if (!kept[i]) gone.push_back(past.steps[i].label);
  return gone;
}

}  // namespace tierbuild::build
