// Builder: turns a graph into images in a store.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "archive/layer_writer.hpp"
#include "base/clock.hpp"
#include "build/events.hpp"
#include "fs/fingerprint.hpp"
#include "graph/change.hpp"
#include "graph/graph.hpp"
#include "registry/client.hpp"
#include "store/store.hpp"

namespace tierbuild::build {

class RemoteCache;

/// `--secret id=…`: where a secret's bytes come from. They are read when a step needs them and kept nowhere.
struct SecretSource {
  std::string file;  // or
  std::string env;   // a variable of this process
};

struct BuildOptions {
  unsigned jobs = 0;  // steps at once, and threads for hashing and compressing; 0 = the number of processors
  bool keep_going = false;
  bool no_cache = false;                      // run every step
  std::vector<std::string> no_cache_targets;  // run every step of these targets ("tier:base")
  bool pull = false;                          // ask registries and bootstraps for newer bases
  bool offline = false;                       // never use the network for bases
  bool timestamps = true;                     // write stamps; false leaves them empty
  archive::Compression compression = archive::Compression::gzip;
  int64_t epoch = 315532800;  // SOURCE_DATE_EPOCH
  std::map<std::string, SecretSource> secrets;
  std::map<std::string, std::string> ssh;     // `--ssh`: sockets of agents by id
  std::map<std::string, std::string> stamps;  // values for graph::fill_stamps
  std::map<std::string, std::string> proxy;   // variables for steps with a network; no part of any key
  std::string runtime;                        // $TIERBUILD_RUNTIME; empty: probe
  /// Layers that a remote cache promised are brought for the finished images too, but those that lie in
  /// `mountable`, a registry that the images go to.
  bool whole_images = false;
  std::string mountable;
};

/// The environment of a bootstrapped Debian.
inline constexpr const char* kDebianPath =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Everything outside that a build works with; all of it outlives the Builder.
struct BuildContext {
  store::Store& store;
  registry::Client& registry;
  registry::Transport& transport;  // for fetches
  fs::FingerprintCache& fingerprints;
  const Clock& clock;
  EventSink& events;
  RemoteCache* cache = nullptr;  // null: none
};

struct TargetResult {
  graph::TargetId target;
  std::string name;     // "service:discord"
  std::string title;    // the name, with the platform where the graph has several
  bool built = false;   // false: failed, skipped or cancelled
  bool reused = false;  // no step ran for it and its image was there
  image::Descriptor manifest;
  Digest config;
  std::vector<std::string> tags;  // with stamps filled in
  uint32_t layers = 0;
  uint64_t size = 0;  // compressed bytes of all layers
  uint32_t steps_ran = 0, steps_reused = 0;
  std::vector<std::string> missing_stamps;  // why a tag or label was left out
  std::vector<graph::Change> changes;       // why the image was made anew
};

/// A target that was built for several platforms.
struct IndexResult {
  std::string name;            // "service:discord"
  image::Descriptor manifest;  // the index, in the store
  std::vector<std::string> tags;
  std::vector<size_t> images;  // of the report's targets, one for each platform
};

struct BuildReport {
  std::vector<TargetResult> targets;  // in the order asked for
  std::vector<IndexResult> indexes;
  std::vector<Error> errors;  // of steps that failed, first to last
  uint32_t ran = 0, reused = 0, failed = 0, skipped = 0;
  int64_t duration_ms = 0;
  std::vector<store::CauseRecord> causes;  // why steps ran and images were made, in that order
  bool ok() const { return errors.empty(); }
};

/// What a build would do with a step or an image.
enum class Verdict : uint8_t {
  reuse,
  run,
  maybe
};  // maybe: a step below must run first; equal output would reuse
std::string_view name_of(Verdict verdict);

struct PlannedStep {
  graph::NodeId node;
  std::string label;
  Verdict verdict = Verdict::reuse;
  std::vector<graph::Change> changes;  // to the last time, also of a step that is reused from an earlier one
  graph::NodeId waits_for;             // maybe: the step that must run first; else invalid
  std::string was;                     // its label in the last build, if that was another one
  int64_t found_ms = 0;                // reuse, but not of the last build: when it was made
  int64_t expected_ms = 0;             // of run and maybe: from history, or a guess
  int64_t start_ms = 0, end_ms = 0;    // of run and maybe, in the predicted schedule
  bool critical = false;
  uint64_t bytes = 0;          // of the layers: what they are, or were the last time; 0 if unknown
  std::vector<Digest> layers;  // reuse: the diff ids of what it made
  Digest config;               // reuse, of a base: the blob of its config
};
struct PlannedImage {
  graph::TargetId target;
  std::string name;
  Verdict verdict = Verdict::reuse;
  std::vector<graph::Change> changes;
  std::vector<std::string> gone_steps;  // that it was made of and is no more
  std::vector<std::string> tags_before;
  int64_t made_ms = 0;  // when it was last built; 0: never
  uint64_t bytes = 0;   // of all its layers, as far as they are known
  uint64_t new_bytes = 0;
};
struct PlanReport {
  std::vector<PlannedStep> steps;    // in an order in which they could run
  std::vector<PlannedImage> images;  // in the order asked for
  std::vector<graph::NodeId> critical_path;
  unsigned jobs = 1;
  int64_t expected_ms = 0;  // of the whole build, if all that may run does
  int64_t least_ms = 0;     // if all that may be reused is
  uint64_t new_bytes = 0;   // of the layers to be made, as far as they are known
};

class Builder {
 public:
  Builder(BuildContext context, BuildOptions options);
  ~Builder();

  /// Builds the images of these targets. A failed step is in the report; an error is returned only if nothing
  /// could be started. Stopping ends every step within two seconds and leaves no process and no mount; the
  /// report then has one error with code `cancelled`. What was committed before stays committed. Fails with
  /// `host_lacks`, before any step runs, if one has to that is for a platform which this host cannot run.
  Result<BuildReport> build(const graph::Graph& graph, const std::vector<graph::TargetId>& targets,
                            std::stop_token stop = {});

  /// Looks up every key and runs nothing.
  Result<PlanReport> plan(const graph::Graph& graph, const std::vector<graph::TargetId>& targets);

 private:
  enum class Announce : bool { no, yes };
  Result<BuildReport> attempt(const graph::Graph& graph, const std::vector<graph::TargetId>& targets,
                              Announce announce, std::stop_token stop);
  Status check_platforms(const graph::Graph& graph, const std::vector<graph::TargetId>& targets,
                         const std::vector<graph::NodeId>& nodes);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tierbuild::build
