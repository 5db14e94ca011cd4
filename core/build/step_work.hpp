// StepWork: how one kind of node is carried out, in three phases that the scheduler drives.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "archive/merged_view.hpp"
#include "build/builder.hpp"
#include "build/layer_plan.hpp"
#include "build/loop.hpp"
#include "build/outputs.hpp"
#include "build/sources.hpp"

namespace tierbuild::build {

/// Everything a step may use. Outputs of its inputs are set; nothing else of the build is to be seen.
struct WorkContext {
  const graph::Graph& graph;
  const Outputs& outputs;
  Sources& sources;
  const BuildContext& world;
  const BuildOptions& options;
  unsigned workers;     // threads for compression and hashing
  std::string helper;   // path of tierbuild-step
  std::string runtime;  // path of the OCI runtime

  archive::LayerOptions layer_options() const;
  /// The layers of a stack as directories, unpacked if need be.
  Result<std::vector<std::filesystem::path>> directories(graph::StackId stack, std::stop_token stop) const;
  Result<archive::MergedView> view(graph::StackId stack, std::stop_token stop) const;
};

/// One execution of one node. `prepare` and `finish` run on a worker thread, `child` in between on the loop.
class StepWork {
 public:
  virtual ~StepWork() = default;
  virtual Status prepare(std::stop_token) { return {}; }
  /// The process to run after `prepare`; nothing if the step has none.
  virtual std::optional<ChildSpec> child() { return std::nullopt; }
  virtual int64_t timeout_ms() const { return 0; }
  /// Bytes that must not be shown or logged.
  virtual std::vector<std::string> secrets() const { return {}; }
  /// Makes the output, and stores its layers; `exit` is empty if there was no process.
  virtual Result<Output> finish(const ChildExit& exit, std::stop_token stop) = 0;
};

std::unique_ptr<StepWork> make_work(const WorkContext& context, graph::NodeId node);

std::unique_ptr<StepWork> base_work(const WorkContext& context, const graph::Base& base,
                                    const image::Platform& platform);
std::unique_ptr<StepWork> debian_work(const WorkContext& context, const graph::Base& base,
                                      const image::Platform& platform);
std::unique_ptr<StepWork> run_work(const WorkContext& context, const graph::Run& run);
std::unique_ptr<StepWork> copy_work(const WorkContext& context, const graph::Copy& copy,
                                    const std::string& label);
std::unique_ptr<StepWork> place_work(const WorkContext& context, const graph::Place& place,
                                     const std::string& label);
std::unique_ptr<StepWork> directory_work(const WorkContext& context, const graph::MakeDirectory& directory,
                                         const std::string& label);
std::unique_ptr<StepWork> user_work(const WorkContext& context, const graph::AddUser& user);
std::unique_ptr<StepWork> subtree_work(const WorkContext& context, const graph::Subtree& tree);
std::unique_ptr<StepWork> difference_work(const WorkContext& context, const graph::Difference& difference);
std::unique_ptr<StepWork> fetch_work(const WorkContext& context, const graph::Fetch& fetch);

/// The media type of layers of this compression in an OCI manifest.
const char* layer_type(archive::Compression compression);
/// The descriptor of a layer blob in an OCI manifest.
image::Descriptor descriptor_of(const archive::LayerBlob& blob);

/// Writes a layer with `write`, which may find that there is nothing to write, and commits blob and record.
/// With `adopt` that directory becomes the layer's snapshot.
Result<Output> commit_layer(const WorkContext& context,
                            const std::function<Result<std::optional<archive::LayerBlob>>(int fd)>& write,
                            const std::filesystem::path& adopt = {});

/// Commits the layer of a plan, none for an empty one. Blocks of the layer that the step `label` made before
/// are taken over.
Result<Output> commit_plan(const WorkContext& context, const LayerPlan& plan, const std::string& label,
                           std::stop_token stop);

/// What the step shows as its one-line title.
std::string title_of(const graph::Operation& op);

/// What the history of an image says of the steps on its base. It is in the image, and so in the image's key:
/// a step that is written in another way and makes the same layer gives the images above another history.
std::vector<std::string> history_of(const WorkContext& context, graph::StackId stack);

}  // namespace tierbuild::build
