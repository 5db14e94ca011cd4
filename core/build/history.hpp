// History: what the targets of a build were made of the last time, matched with what they are made of now.
#pragma once

#include <functional>
#include <mutex>

#include "build/step_work.hpp"
#include "graph/alignment.hpp"
#include "graph/change.hpp"

namespace tierbuild::build {

/// A node's step as it was when a target that has it was last built.
struct PastStep {
  std::string label;
  Digest key;
  std::optional<store::StepRecord> record;  // nothing: it was pruned
};

/// Reads the records when it is first asked about a node, and only of the targets that it needs: a build that
/// finds everything made asks nothing. Thread-safe.
class History {
 public:
  History(const WorkContext& context, std::vector<graph::TargetId> targets)
      : context_(context), targets_(std::move(targets)) {}

  /// The step that the node was, in the last build of the first target that has it; null if it is new there.
  /// Of a target that was never built, the last step of that label; null if there is none.
  const PastStep* past(graph::NodeId node);

  /// The node's label as the first target that has it knows it.
  std::string label_of(graph::NodeId node);
  /// Whether the node had another key in the last build of its target; opens no record of a step.
  bool differs(graph::NodeId node, const Digest& key);
  /// What a node with this key differs in from its past; for what it stands on or reads, the first step there
  /// that made something else. Never empty. Steps below it whose output is not known yet are left out.
  std::vector<graph::Change> changes(graph::NodeId node, const Key& key);
  /// The same of a target's image. Empty: it is as before.
  std::vector<graph::Change> changes(graph::TargetId target, const Key& key);

  /// Labels of the steps that the target was made of and is no more.
  std::vector<std::string> gone_steps(graph::TargetId target);

 private:
  struct Past {
    std::optional<store::ImageRecord> record;  // of the target, or of the one that it was renamed from
    std::string renamed_from;
    std::vector<graph::MadeOf> steps;
    std::map<graph::NodeId, std::optional<size_t>> matches;  // all nodes of the target
  };

  Past& of(graph::TargetId target);
  std::optional<store::ImageRecord> renamed(graph::TargetId target, const std::vector<graph::NodeId>& nodes);
  std::optional<graph::Change> other_tiers(graph::TargetId target, const Past& past) const;
  std::optional<graph::TargetId> owner(graph::NodeId node);
  const PastStep* find(graph::NodeId node);
  PastStep step(const std::string& label, const Digest& key) const;
  graph::Change below(graph::StackId stack, std::optional<graph::TargetId> owner);
  graph::Change refined(graph::Change change, graph::NodeId node);

  const WorkContext& context_;
  std::vector<graph::TargetId> targets_;
  std::recursive_mutex mutex_;
  std::map<graph::TargetId, Past> loaded_;
  std::map<graph::NodeId, std::optional<PastStep>> known_;
};

using KeyOf = std::function<Digest(graph::NodeId)>;
/// The steps of a target as they are kept with its image: two fields each.
std::vector<KeyField> steps_of(const graph::Graph& graph, graph::TargetId target, const KeyOf& key);
/// Over the keys of the layers of a target: what ImageRecord::made_of is.
Digest key_over(const graph::Graph& graph, graph::TargetId target, const KeyOf& key);

}  // namespace tierbuild::build
