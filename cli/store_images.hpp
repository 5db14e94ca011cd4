// Images of the store: rules look into the layers that a plan found there.
#pragma once

#include "build/builder.hpp"
#include "lint/image_facts.hpp"
#include "store/store.hpp"

namespace tierbuild::cli {

/// Reads layers when they are first asked for, each once. What cannot be read counts as not built; `warnings`
/// tells why.
class StoreImages final : public lint::Images {
 public:
  /// `plan` is that of all targets that rules look at.
  StoreImages(const graph::Graph& graph, const build::PlanReport& plan, store::Store& store);
  ~StoreImages() override;

  lint::FactsPtr of(graph::StackId stack) override;
  const image::Config* base_config(graph::StackId stack) override;
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  struct Layer;
  const Layer* layer(const Digest& diff_id);
  Result<Layer> read(const Digest& diff_id);
  void note(const Error& error) { warnings_.push_back(error.str()); }

  const graph::Graph& graph_;
  store::Store& store_;
  std::map<graph::NodeId, const build::PlannedStep*> made_;  // by the last build
  std::map<Digest, std::unique_ptr<Layer>> layers_;
  std::map<graph::NodeId, std::unique_ptr<image::Config>> configs_;
  std::vector<std::pair<graph::StackId, lint::FactsPtr>> recent_;
  std::vector<std::string> warnings_;
};

}  // namespace tierbuild::cli
