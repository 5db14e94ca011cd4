#include "build/early_push.hpp"

#include <system_error>

#include "build/send_blob.hpp"
#include "build/step_work.hpp"
#include "build/usable.hpp"
#include "graph/stamp.hpp"

namespace tierbuild::build {
namespace {

constexpr size_t kThreads = 4;

}  // namespace

EarlyPush::EarlyPush(store::Store& store, registry::Client& client, const BuildOptions& options,
                     const graph::Graph& graph, const std::vector<graph::TargetId>& targets, EventSink& next,
                     std::stop_token stop)
    : store_(store),
      client_(client),
      compression_(options.compression),
      next_(next),
      outer_(std::move(stop), [this] { stop_.request_stop(); }) {
  for (graph::TargetId target : targets) {
    std::map<std::string, image::Reference> repositories;  // by registry
    for (const std::string& tag : graph[target].tags)
      if (auto filled = graph::fill_stamps(tag, options.stamps))
        if (auto to = image::Reference::parse(*filled)) repositories.try_emplace(to->registry, *to);
    for (auto& [registry, to] : repositories) {
      of_target_[target].push_back(to);
      for (graph::NodeId node : graph.layers_of(graph[target].root)) of_node_[node].push_back(to);
    }
  }
}

EarlyPush::~EarlyPush() {
  stop_.request_stop();
  finish();
}

// The layers of steps that did not run go when the image is known to be a new one: most often the registry
// has them.
void EarlyPush::on(const Event& event) {
  if (const auto* step = std::get_if<StepFinished>(&event)) {
    if (auto to = of_node_.find(step->node); to != of_node_.end())
      for (const Digest& layer : step->layers) add(to->second, {}, layer);
  } else if (const auto* image = std::get_if<ImageFinished>(&event); image != nullptr && !image->reused) {
    auto to = of_target_.find(image->target);
    auto json = store_.blobs().read(image->digest);
    auto manifest = json ? image::Manifest::parse(*json) : Result<image::Manifest>(json.error());
    if (to != of_target_.end() && manifest)
      for (const image::Descriptor& blob : manifest->layers) add(to->second, blob, {});
  }
  next_.on(event);
}

void EarlyPush::add(const std::vector<image::Reference>& repositories, const image::Descriptor& blob,
                    const Digest& layer) {
  std::lock_guard lock(mutex_);
  if (closed_) return;
  for (const image::Reference& to : repositories)
    if (seen_.emplace(to.registry, layer.empty() ? blob.digest : layer).second)
      jobs_.push_back({to, blob, layer});
  try {
    while (threads_.size() < std::min(kThreads, jobs_.size())) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // Fewer threads do the same work.
  }
  wake_.notify_all();
}

void EarlyPush::work() {
  while (true) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
    if (closed_) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    if (!send(job)) close();  // the push will meet the same and say so
  }
}

Status EarlyPush::send(const Job& job) {
  image::Descriptor blob = job.blob;
  if (!job.layer.empty()) {
    TB_LET(std::vector<store::LayerRecord> records, store_.records().layer(job.layer));
    auto fits = [&](const store::LayerRecord& record) {
      return record.blob.media_type == layer_type(compression_) && store_.blobs().has(record.blob.digest) &&
             is_usable(store_, record);
    };
    auto found = std::find_if(records.begin(), records.end(), fits);
    if (found == records.end()) return {};
    blob = found->blob;
  }
  if (!store_.blobs().has(blob.digest)) return {};  // only promised
  TB_LET(bool did_send, send_blob(store_, client_, job.to, blob, {}, stop_.get_token()));
  if (did_send) sent_ += blob.size;
  return {};
}

void EarlyPush::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  jobs_.clear();
  wake_.notify_all();
}

uint64_t EarlyPush::finish() {
  close();
  for (std::jthread& thread : threads_)
    if (thread.joinable()) thread.join();
  return sent_;
}

}  // namespace tierbuild::build
