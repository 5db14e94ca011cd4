#include "build/outputs.hpp"

namespace tierbuild::build {

std::vector<Digest> Outputs::diff_ids(graph::StackId stack) const {
  std::vector<Digest> ids;
  for (graph::NodeId node : graph_.layers_of(stack)) {
    const std::vector<Digest>& layers = (*this)[node].layers;
    ids.insert(ids.end(), layers.begin(), layers.end());
  }
  return ids;
}

}  // namespace tierbuild::build
