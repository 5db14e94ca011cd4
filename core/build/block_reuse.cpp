#include "build/block_reuse.hpp"

namespace tierbuild::build {
namespace {

constexpr const char* kSpace = "blocks";
constexpr size_t kWorthIt = 8;  // blocks

}  // namespace

std::optional<archive::EarlierLayer> earlier_layer(store::Store& store, const std::string& step) {
  auto kept = store.records().value(kSpace, step);
  if (!kept || !*kept) return std::nullopt;
  std::optional<archive::DescribedBlob> described = archive::block_map_from(**kept);
  if (!described) return std::nullopt;
  if (!store.blobs().has(described->blob))
    return std::nullopt;  // one that is promised is not worth the transfer
  auto blob = store.blobs().open(described->blob);
  if (!blob) return std::nullopt;
  return archive::EarlierLayer(std::move(blob).value(), described->blocks);
}

Status remember_blocks(store::Store& store, const std::string& step, const archive::LayerBlob& blob) {
  if (blob.blocks.size() < kWorthIt) return {};
  return store.records().put_value(kSpace, step, archive::to_bytes(blob.digest, blob.blocks));
}

}  // namespace tierbuild::build
