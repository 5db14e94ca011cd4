// Keying: the key of a node from what its inputs turned out to be, and the record that the key leads to.
#pragma once

#include <stop_token>

#include "build/step_work.hpp"

namespace tierbuild::build {

class Keying {
 public:
  explicit Keying(const WorkContext& context) : context_(context) {}

  /// True if `key` may read files or ask a registry, and so belongs on a worker thread.
  bool is_slow(graph::NodeId node) const;

  /// The key of a node whose inputs are all known. With `refresh` a tag is asked for anew, else only if it
  /// was never seen. With `files` its fields name each file of its sources, as `reason` and `remember` want
  /// it. Thread-safe.
  enum class Pins { known_only, fetch_unknown, refresh };
  enum class Fields { brief, files };
  Result<Key> key(graph::NodeId node, Pins pins, Fields fields, std::stop_token stop) const;

  /// What the key led to before; nothing if it never did, or if a layer is no longer in the store.
  Result<std::optional<Output>> lookup(const Key& key) const;
  Status remember(graph::NodeId node, const Key& key, const Output& output, int64_t duration_ms) const;

  /// Why a node has no record: the first difference to the last time, or "never built".
  std::string reason(graph::NodeId node, const Key& key) const;
  /// Milliseconds that the step took last time; a guess by its kind if it never ran.
  int64_t expected_ms(graph::NodeId node) const;

 private:
  Result<std::string> pin(const graph::Base& base, Pins pins, std::stop_token stop) const;

  const WorkContext& context_;
};

}  // namespace tierbuild::build
