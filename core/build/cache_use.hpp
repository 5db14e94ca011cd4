// CacheUse: what one build takes from a remote cache, and gives to it.
#pragma once

#include <mutex>

#include "build/history.hpp"
#include "build/recipe.hpp"
#include "build/remote_cache.hpp"

namespace tierbuild::build {

class CacheUse {
 public:
  /// All of it outlives this.
  CacheUse(const WorkContext& context, const Keying& keying, const graph::Plan& plan,
           const std::vector<graph::TargetId>& targets)
      : context_(context), keying_(keying), plan_(plan), targets_(targets) {}

  /// Whether it makes sense to ask.
  bool is_readable() const;
  /// What a key led to elsewhere, recorded here as if it had been made here; its layers are promised. Blocks,
  /// so it belongs on a worker thread. Thread-safe.
  Result<std::optional<Output>> take(graph::NodeId node, const Key& key, std::stop_token stop);

  /// Writes all steps that the targets were made of, and what is missing of their layers. Failures become
  /// notices.
  void give(const KeyOf& key, std::stop_token stop);

 private:
  const Recipes* recipes(const std::stop_token& stop);
  void look_ahead(const std::stop_token& stop);
  bool fits(graph::NodeId node, const CachedStep& step) const;
  Result<std::optional<Output>> record(graph::NodeId node, const Key& key, const RemoteCache::Found& found);
  /// Which layers go into a repository.
  struct Kept {
    bool all = false;
    std::set<Digest> diff_ids;
  };
  Result<CachedStep> describe(graph::NodeId node, const Digest& key, const Kept& kept) const;
  Status give_to(const CacheGoal& goal, const KeyOf& key, const std::stop_token& stop);
  Status send(const CachePlace& place, const CacheEntry& entry, const std::stop_token& stop) const;
  Status send_empty(const CachePlace& place, const std::stop_token& stop) const;

  const WorkContext& context_;
  const Keying& keying_;
  const graph::Plan& plan_;
  const std::vector<graph::TargetId>& targets_;
  std::once_flag looked_, made_;
  std::optional<Recipes> recipes_;
};

}  // namespace tierbuild::build
