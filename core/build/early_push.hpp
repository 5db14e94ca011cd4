// EarlyPush: sends the layers of images that are to be pushed as soon as they are made, while the build goes
// on. It only saves time: a push sends whatever is missing, and says what went wrong.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <thread>
#include <vector>

#include "build/builder.hpp"
#include "image/reference.hpp"

namespace tierbuild::build {

class EarlyPush final : public EventSink {
 public:
  /// Passes events on to `next`. Layers go to the repositories that the tags of `targets` name, of each
  /// registry to the first one: the push mounts them in others.
  EarlyPush(store::Store& store, registry::Client& client, const BuildOptions& options,
            const graph::Graph& graph, const std::vector<graph::TargetId>& targets, EventSink& next,
            std::stop_token stop);
  /// Ends what is under way.
  ~EarlyPush() override;

  void on(const Event& event) override;

  /// Begins nothing more; what is under way goes on.
  void close();
  /// Waits for what is under way; returns how many bytes were sent in all.
  uint64_t finish();

 private:
  struct Job {
    image::Reference to;
    image::Descriptor blob;  // or
    Digest layer;            // whose blob is to be found
  };

  void add(const std::vector<image::Reference>& repositories, const image::Descriptor& blob,
           const Digest& layer);
  void work();
  Status send(const Job& job);

  store::Store& store_;
  registry::Client& client_;
  const archive::Compression compression_;
  EventSink& next_;
  std::map<graph::NodeId, std::vector<image::Reference>> of_node_;
  std::map<graph::TargetId, std::vector<image::Reference>> of_target_;
  std::set<std::pair<std::string, Digest>> seen_;  // registries and what goes to them
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool closed_ = false;
  std::atomic<uint64_t> sent_ = 0;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> outer_;
  std::vector<std::jthread> threads_;
};

}  // namespace tierbuild::build
