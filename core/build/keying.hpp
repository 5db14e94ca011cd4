// Keying: the key of a node from what its inputs turned out to be, and the record that the key leads to.
#pragma once

#include <stop_token>

#include "build/base_facts.hpp"
#include "build/step_work.hpp"
#include "graph/change.hpp"

namespace tierbuild::build {

class Keying {
 public:
  explicit Keying(const WorkContext& context) : context_(context) {}

  /// True if `key` may read files or ask a registry, and so belongs on a worker thread.
  bool is_slow(graph::NodeId node) const;

  /// The key of a node whose inputs are all known. With `refresh` a tag is asked for anew, else only if it
  /// was never seen. With `files` its fields name each file of its sources, as the history and `remember`
  /// want it. Thread-safe.
  using Pins = build::Pins;
  enum class Fields { brief, files };
  Result<Key> key(graph::NodeId node, Pins pins, Fields fields, std::stop_token stop) const;

  /// Whether the options let a record stand in for the step: not with --no-cache.
  bool may_reuse(graph::NodeId node) const;
  /// The reason why a step runs that may not be reused.
  graph::Change request() const;

  struct Found {
    Output output;
    std::string label;  // of the step that made it
    int64_t created_ms = 0;
  };
  /// What the key led to before; nothing if it never did, or if a layer is no longer in the store.
  Result<std::optional<Found>> lookup(const Digest& key) const;
  Status remember(graph::NodeId node, Key key, const Output& output, int64_t duration_ms) const;

  /// Milliseconds that a step of this label took: the median of the last times; nothing if it never ran.
  std::optional<int64_t> known_ms(const std::string& label) const;
  /// The same of a node; a guess by its kind if it never ran.
  int64_t expected_ms(graph::NodeId node) const;

 private:
  const WorkContext& context_;
};

}  // namespace tierbuild::build
