// Execution: one run of a plan. Every needed node goes through the same states, driven by the loop:
//
//   waiting ──▶ keying ──▶ (record found) ───────────────────────────────▶ done
//                  │       (or it is found in a remote cache, which becomes a record here)
//                  └─▶ queued ──▶ preparing ──▶ running ──▶ finishing ──▶ done | failed
//
// A node leaves `waiting` when all its inputs are done, and `queued` when its pool has a free place, the one
// on the longest path first. What stands on a failed node is skipped.
#pragma once

#include <cstdio>
#include <set>
#include <unordered_map>

#include "build/assemble.hpp"
#include "build/cache_use.hpp"
#include "build/history.hpp"
#include "build/keying.hpp"
#include "build/step_work.hpp"
#include "graph/plan.hpp"
#include "graph/schedule.hpp"

namespace tierbuild::build {

class Execution {
 public:
  /// What a step needs besides its inputs, asked for on a worker thread before it is prepared.
  using Before = std::function<Status(const graph::Node&)>;

  Execution(const WorkContext& context, Outputs& outputs, const graph::Plan& plan,
            const std::vector<graph::TargetId>& targets, unsigned jobs, CacheUse& cache, Before before);
  ~Execution();

  /// Runs to the end; call once.
  BuildReport run(std::stop_token stop);
  /// Of a node that is done.
  const Digest& key_of(graph::NodeId id) const { return nodes_[id.index()].key.digest; }
  const Keying& keying() const { return keying_; }

 private:
  enum class State : uint8_t {
    waiting,
    keying,
    queued,
    preparing,
    running,
    finishing,
    done,
    failed,
    skipped
  };
  struct Node {
    State state = State::waiting;
    size_t inputs_left = 0;
    Key key;
    std::vector<graph::Change> changes;              // why it runs
    std::optional<std::vector<Digest>> past_layers;  // what it made the last time
    std::unique_ptr<StepWork> work;
    std::vector<std::string> secrets;
    bool reused = false;
    bool fresh = false;  // it ran, or stands on one that did
    bool timed_out = false;
    std::optional<graph::Pool> holds;  // the pool in which it has a place
    int64_t started_ms = 0;
    FILE* log = nullptr;
    uint64_t log_size = 0;
    std::vector<graph::NodeId> same_key;  // nodes that wait for this one's output
  };
  struct Target {
    size_t left = 0;  // nodes that are not done yet
    std::set<graph::NodeId> nodes;
    TargetResult result;
  };

  Node& at(graph::NodeId id) { return nodes_[id.index()]; }
  const std::string& label(graph::NodeId id) const { return context_.graph[id].label; }
  std::string title(auto id) const { return context_.graph.title(id); }

  void reuse_what_is_known();
  void key_ready();
  void start_keying(graph::NodeId id);
  void keyed(graph::NodeId id, Result<Key> key);
  void name_files(graph::NodeId id);
  void take_from_cache(graph::NodeId id);
  void must_run(graph::NodeId id);
  void enqueue(graph::NodeId id);
  void launch();
  void prepare(graph::NodeId id);
  void prepared(graph::NodeId id, Status status);
  void output_line(graph::NodeId id, std::string_view line);
  void finish(graph::NodeId id, ChildExit exit);
  void complete(graph::NodeId id, Output output);
  void fail(graph::NodeId id, Error error);
  void skip_dependents(graph::NodeId id);
  void settle(graph::NodeId id, StepOutcome outcome);
  void target_progress(graph::NodeId id);
  void assemble_target(size_t index);
  void finish_target(size_t index, Result<TargetResult> result);
  void stop_all();
  void release(Node& node);
  void note_cause(graph::NodeId id, std::string_view outcome, int64_t duration_ms);
  void note_found(graph::TargetId target);
  ImageOrigin origin_of(const Target& target) const;

  const WorkContext& context_;
  Outputs& outputs_;
  Keying keying_;
  History history_;
  const graph::Plan& plan_;
  std::array<size_t, graph::kPools> free_;  // places of each pool
  Loop loop_;
  std::stop_token stop_;
  CacheUse* cache_;
  Before before_;
  std::vector<Node> nodes_;
  std::vector<Target> targets_;
  std::vector<std::vector<size_t>> targets_of_;  // by node: indexes of the targets that it belongs to
  std::array<std::set<std::pair<int64_t, graph::NodeId>>, graph::kPools> queues_;  // (-priority, node)
  std::unordered_map<Digest, graph::NodeId> in_flight_;
  std::vector<graph::NodeId> ready_;  // all inputs done, not yet keyed
  bool keying_ready_ = false;
  BuildReport report_;
  bool stopping_ = false;  // nothing new is started
};

}  // namespace tierbuild::build
