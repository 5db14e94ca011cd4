#include "build/execution.hpp"

#include "base/strings.hpp"
#include "build/causes.hpp"

namespace tierbuild::build {
namespace {

using graph::NodeId;

constexpr uint64_t kLogLimit = 64 << 20;

size_t index_of(graph::Pool pool) {
  return static_cast<size_t>(pool);
}

// The step's place in the Buildfile, unless the error has a better one, and its name.
Error in_step(Error error, const graph::Graph& graph, NodeId id) {
  if (!error.where().known()) error = std::move(error).at(graph[id].where);
  return std::move(error).with("in step {}", graph.title(id));
}

}  // namespace

Execution::Execution(const WorkContext& context, Outputs& outputs, const graph::Plan& plan,
                     const std::vector<graph::TargetId>& targets, unsigned jobs, CacheUse& cache,
                     Before before)
    : context_(context),
      outputs_(outputs),
      keying_(context),
      history_(context, targets),
      plan_(plan),
      free_(graph::places_for(jobs)),
      loop_(static_cast<unsigned>(free_[0] + free_[1] + free_[2])),
      cache_(&cache),
      before_(std::move(before)),
      nodes_(context.graph.nodes().size()),
      targets_(targets.size()),
      targets_of_(context.graph.nodes().size()) {
  for (NodeId id : plan.order) at(id).inputs_left = context.graph.inputs_of(id).size();
  for (size_t i = 0; i < targets.size(); ++i) {
    const graph::Target& target = context.graph[targets[i]];
    std::vector<NodeId> layers = context.graph.layers_of(target.root);
    targets_[i].nodes.insert(layers.begin(), layers.end());
    if (target.check.valid()) targets_[i].nodes.insert(target.check);
    targets_[i].left = targets_[i].nodes.size();
    targets_[i].result.target = targets[i];
    targets_[i].result.name = target.id();
    targets_[i].result.title = context.graph.title(targets[i]);
    for (NodeId id : targets_[i].nodes) targets_of_[id.index()].push_back(i);
  }
}

Execution::~Execution() {
  for (Node& node : nodes_) release(node);
}

BuildReport Execution::run(std::stop_token stop) {
  stop_ = stop;
  std::stop_callback wake(stop, [this] { loop_.post([this] { stop_all(); }); });
  for (NodeId id : plan_.order)
    if (at(id).inputs_left == 0) ready_.push_back(id);
  reuse_what_is_known();
  loop_.run();

  // Whatever was never started was cut off by a failure or by the user.
  for (NodeId id : plan_.order)
    if (at(id).state == State::waiting || at(id).state == State::queued || at(id).state == State::keying)
      settle(id, stop.stop_requested() ? StepOutcome::cancelled : StepOutcome::skipped);
  if (stop.stop_requested()) {
    report_.errors.clear();
    report_.errors.push_back(Error(Code::cancelled, "the build was interrupted"));
  }
  for (Target& target : targets_) {
    for (NodeId id : target.nodes) {
      if (at(id).state != State::done) continue;
      (at(id).reused ? target.result.steps_reused : target.result.steps_ran)++;
    }
    report_.targets.push_back(std::move(target.result));
  }
  return std::move(report_);
}

// A build that changes nothing is over after this: its lookups are one transaction on this thread. A failure
// to begin one shows in the lookups.
void Execution::reuse_what_is_known() {
  auto reading = context_.world.store.records().batch(store::Records::Access::read);
  key_ready();
}

// A loop instead of a recursion: a reused step makes the next one ready, and chains may be long.
void Execution::key_ready() {
  if (keying_ready_) return;
  keying_ready_ = true;
  while (!ready_.empty()) {
    NodeId id = ready_.back();
    ready_.pop_back();
    start_keying(id);
  }
  keying_ready_ = false;
  launch();
}

void Execution::start_keying(NodeId id) {
  if (stopping_) return;
  at(id).state = State::keying;
  bool refresh = context_.options.pull;
  auto pins = refresh ? Keying::Pins::refresh : Keying::Pins::fetch_unknown;
  constexpr auto kBrief = Keying::Fields::brief;
  if (!keying_.is_slow(id)) return keyed(id, keying_.key(id, pins, kBrief, stop_));
  auto key = std::make_shared<std::optional<Result<Key>>>();
  loop_.queue([this, id, pins, key] { *key = keying_.key(id, pins, kBrief, stop_); },
              [this, id, key] { keyed(id, *std::move(*key)); });
}

void Execution::keyed(NodeId id, Result<Key> key) {
  if (!key) return fail(id, std::move(key).error());
  Node& node = at(id);
  node.key = *std::move(key);
  if (auto twin = in_flight_.find(node.key.digest); twin != in_flight_.end()) {
    at(twin->second).same_key.push_back(id);
    return;
  }
  if (keying_.may_reuse(id)) {
    auto found = keying_.lookup(node.key.digest);
    if (!found) return fail(id, std::move(found).error());
    if (*found) {
      node.reused = true;
      return complete(id, std::move((*found)->output));
    }
    if (cache_->is_readable() && !stopping_) return take_from_cache(id);
  }
  must_run(id);
}

void Execution::take_from_cache(NodeId id) {
  in_flight_.emplace(at(id).key.digest, id);
  name_files(id);
  auto taken = std::make_shared<Result<std::optional<Output>>>(std::optional<Output>());
  loop_.queue([this, id, taken] { *taken = cache_->take(id, at(id).key, stop_); },
              [this, id, taken] {
                for (std::string& text : context_.world.cache->take_notices())
                  context_.world.events.on(Notice{std::move(text)});
                if (!*taken) return fail(id, std::move(*taken).error());
                if (!**taken) return must_run(id);
                at(id).reused = true;
                complete(id, *std::move(**taken));
              });
}

void Execution::must_run(NodeId id) {
  Node& node = at(id);
  name_files(id);
  node.changes = keying_.may_reuse(id) ? history_.changes(id, node.key) : std::vector{keying_.request()};
  const PastStep* past = history_.past(id);
  if (past != nullptr && past->record) node.past_layers = past->record->layers;
  enqueue(id);
}

// The names of files are in no key; who tells what changed, or will be asked, needs them.
void Execution::name_files(NodeId id) {
  Node& node = at(id);
  auto full = keying_.key(id, Keying::Pins::known_only, Keying::Fields::files, stop_);
  if (full && full->digest == node.key.digest) node.key = *std::move(full);
}

void Execution::enqueue(NodeId id) {
  if (stopping_) return;
  Node& node = at(id);
  node.state = State::queued;
  in_flight_.emplace(node.key.digest, id);
  node.work = make_work(context_, id);
  graph::Pool pool = graph::pool_of(context_.graph[id].op);
  queues_[index_of(pool)].emplace(-plan_.priority[id.index()], id);
  key_ready();
}

void Execution::launch() {
  for (graph::Pool pool : {graph::Pool::process, graph::Pool::cpu, graph::Pool::network}) {
    auto& queue = queues_[index_of(pool)];
    while (!stopping_ && !queue.empty() && free_[index_of(pool)] > 0) {
      NodeId id = queue.begin()->second;
      queue.erase(queue.begin());
      --free_[index_of(pool)];
      at(id).holds = pool;
      prepare(id);
    }
  }
}

void Execution::prepare(NodeId id) {
  Node& node = at(id);
  node.state = State::preparing;
  node.started_ms = context_.world.clock.monotonic();
  context_.world.events.on(StepStarted{id, title(id), title_of(context_.graph[id].op)});
  auto status = std::make_shared<Status>();
  loop_.queue(
      [this, id, status, work = node.work.get()] {
        *status = before_(context_.graph[id]);
        if (*status) *status = work->prepare(stop_);
      },
      [this, id, status] { prepared(id, std::move(*status)); });
}

void Execution::prepared(NodeId id, Status status) {
  if (!status) return fail(id, std::move(status).error());
  if (stop_.stop_requested()) return fail(id, Error(Code::cancelled, "interrupted"));
  Node& node = at(id);
  std::optional<ChildSpec> child = node.work->child();
  if (!child) return finish(id, {});

  node.state = State::running;
  node.secrets = node.work->secrets();
  std::filesystem::path log = context_.world.store.logs() / (node.key.digest.hex() + ".log");
  node.log = std::fopen(log.c_str(), "we");
  auto started = loop_.spawn(
      *child, [this, id](std::string_view line) { output_line(id, line); },
      [this, id](ChildExit exit) { finish(id, std::move(exit)); });
  if (!started) return fail(id, std::move(started).error());
  if (int64_t limit = node.work->timeout_ms(); limit > 0) {
    loop_.after(limit, [this, id, child_id = *started] {
      if (at(id).state != State::running) return;
      at(id).timed_out = true;
      loop_.kill(child_id);
    });
  }
}

void Execution::output_line(NodeId id, std::string_view line) {
  Node& node = at(id);
  std::string text = printable(line);
  for (const std::string& secret : node.secrets)
    for (size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3))
      text.replace(at, secret.size(), "***");
  if (node.log != nullptr && node.log_size < kLogLimit) {
    node.log_size += text.size() + 1;
    std::fwrite(text.data(), 1, text.size(), node.log);
    std::fputc('\n', node.log);
  }
  context_.world.events.on(StepOutput{id, title(id), text});
}

void Execution::finish(NodeId id, ChildExit exit) {
  Node& node = at(id);
  if (stop_.stop_requested()) return fail(id, Error(Code::cancelled, "interrupted"));
  if (node.timed_out)
    return fail(id, Error::make(Code::timeout, "the step took longer than its limit of {}",
                                human_duration(node.work->timeout_ms()))
                        .hint("raise `limits = { timeout = … }` of the step"));
  node.state = State::finishing;
  auto result = std::make_shared<std::optional<Result<Output>>>();
  loop_.queue(
      [this, id, &node, exit = std::move(exit), result] {
        *result = node.work->finish(exit, stop_);
        if (**result) {
          int64_t duration = context_.world.clock.monotonic() - node.started_ms;
          Key key{node.key.digest, std::exchange(node.key.fields, {})};  // which may be many
          Status kept = keying_.remember(id, std::move(key), ***result, duration);
          if (!kept) *result = std::move(kept).error();
        }
        node.work.reset();  // removes the step's scratch directories, off the loop
      },
      [this, id, result] {
        if (!**result) return fail(id, std::move(**result).error());
        complete(id, *std::move(**result));
      });
}

void Execution::complete(NodeId id, Output output) {
  Node& node = at(id);
  bool ran = node.state == State::finishing;
  release(node);
  outputs_.set(id, output);
  in_flight_.erase(node.key.digest);
  settle(id, ran ? StepOutcome::ran : StepOutcome::reused);
  for (NodeId twin : std::exchange(node.same_key, {})) {
    at(twin).reused = true;
    complete(twin, output);
  }
  node.fresh = node.fresh || ran;
  for (NodeId dependent : plan_.dependents[id.index()]) {
    at(dependent).fresh = at(dependent).fresh || node.fresh;
    if (--at(dependent).inputs_left == 0 && at(dependent).state == State::waiting)
      ready_.push_back(dependent);
  }
  target_progress(id);
  key_ready();
}

void Execution::fail(NodeId id, Error error) {
  Node& node = at(id);
  bool cancelled = error.code() == Code::cancelled;
  release(node);
  node.work.reset();
  in_flight_.erase(node.key.digest);
  report_.errors.push_back(in_step(std::move(error), context_.graph, id));
  settle(id, cancelled ? StepOutcome::cancelled : StepOutcome::failed);
  if (!context_.options.keep_going) stopping_ = true;
  for (NodeId twin : std::exchange(node.same_key, {})) {
    settle(twin, StepOutcome::skipped);
    skip_dependents(twin);
  }
  skip_dependents(id);
  key_ready();
}

void Execution::skip_dependents(NodeId id) {
  for (NodeId dependent : plan_.dependents[id.index()]) {
    if (at(dependent).state != State::waiting) continue;
    settle(dependent, StepOutcome::skipped);
    skip_dependents(dependent);
  }
}

void Execution::settle(NodeId id, StepOutcome outcome) {
  Node& node = at(id);
  switch (outcome) {
    case StepOutcome::reused:
      ++report_.reused;
      break;
    case StepOutcome::ran:
      ++report_.ran;
      break;
    case StepOutcome::failed:
      ++report_.failed;
      break;
    case StepOutcome::skipped:
    case StepOutcome::cancelled:
      ++report_.skipped;
      break;
  }
  bool good = outcome == StepOutcome::reused || outcome == StepOutcome::ran;
  node.state = good ? State::done : outcome == StepOutcome::failed ? State::failed : State::skipped;
  int64_t duration = node.started_ms == 0 ? 0 : context_.world.clock.monotonic() - node.started_ms;
  uint64_t size = good ? outputs_[id].size : 0;
  if (outcome == StepOutcome::ran)
    note_cause(id, node.past_layers && *node.past_layers == outputs_[id].layers ? "same" : "ran", duration);
  if (outcome == StepOutcome::failed) note_cause(id, "failed", duration);
  context_.world.events.on(
      StepFinished{id, title(id), outcome, duration, size, graph::text_of(node.changes),
                   outcome == StepOutcome::ran ? outputs_[id].layers : std::vector<Digest>()});
}

void Execution::note_cause(NodeId id, std::string_view outcome, int64_t duration_ms) {
  store::CauseRecord cause;
  cause.name = label(id);
  cause.platform = context_.graph[id].platform.str();
  cause.outcome = outcome;
  cause.duration_ms = duration_ms;
  cause.changes = to_json(at(id).changes);
  report_.causes.push_back(std::move(cause));
}

// Steps that are not as in the last build, and were found as they were in an earlier one.
void Execution::note_found(graph::TargetId target) {
  for (NodeId id : context_.graph.layers_of(context_.graph[target].root)) {
    Node& node = at(id);
    if (!node.reused || !node.changes.empty() || !history_.differs(id, node.key.digest)) continue;
    name_files(id);
    node.changes = history_.changes(id, node.key);
    note_cause(id, "found", 0);
  }
}

// What the image's record is to remember, if it is written.
ImageOrigin Execution::origin_of(const Target& target) const {
  const graph::TargetId id = target.result.target;
  KeyOf key = [this](NodeId node) { return nodes_[node.index()].key.digest; };
  ImageOrigin origin;
  origin.made_of = key_over(context_.graph, id, key);
  origin.fresh = std::any_of(target.nodes.begin(), target.nodes.end(),
                             [this](NodeId node) { return nodes_[node.index()].fresh; });
  origin.steps = [this, id, key] { return steps_of(context_.graph, id, key); };
  return origin;
}

void Execution::target_progress(NodeId id) {
  for (size_t index : targets_of_[id.index()])
    if (--targets_[index].left == 0) assemble_target(index);
}

void Execution::assemble_target(size_t index) {
  graph::TargetId target = targets_[index].result.target;
  if (auto known = assembled(context_, history_, target, origin_of(targets_[index])); known && *known)
    return finish_target(index, *std::move(*known));
  auto result = std::make_shared<std::optional<Result<TargetResult>>>();
  loop_.queue([this, index, target,
               result] { *result = assemble(context_, history_, target, origin_of(targets_[index])); },
              [this, index, result] { finish_target(index, *std::move(*result)); });
}

void Execution::finish_target(size_t index, Result<TargetResult> result) {
  const graph::Target& target = context_.graph[targets_[index].result.target];
  if (!result) {
    report_.errors.push_back(
        std::move(result).error().at(target.where).with("in {}", title(targets_[index].result.target)));
    if (!context_.options.keep_going) stopping_ = true;
    return;
  }
  const TargetResult& done = targets_[index].result = *std::move(result);
  if (!done.reused) {
    note_found(done.target);
    std::string platform = target.platform.str();
    report_.causes.push_back({0, done.name, std::move(platform), "made", 0, to_json(done.changes)});
  }
  context_.world.events.on(ImageFinished{done.target, title(done.target), done.manifest.digest, done.reused});
  if (target.budget > 0 && done.size > target.budget)
    context_.world.events.on(Notice{fmt::format("{} has {} of layers, over its budget of {}", done.name,
                                                human_bytes(done.size), human_bytes(target.budget))});
}

void Execution::stop_all() {
  stopping_ = true;
  loop_.kill_children();
}

// Gives back what a node holds while it is carried out.
void Execution::release(Node& node) {
  if (node.holds) ++free_[index_of(*node.holds)];
  node.holds.reset();
  if (node.log != nullptr) std::fclose(node.log);
  node.log = nullptr;
}

}  // namespace tierbuild::build
