#include "store/reach.hpp"

#include <unordered_set>

#include "image/config.hpp"
#include "image/manifest.hpp"

namespace tierbuild::store {
namespace {

constexpr uint64_t kLargestDocument = 8 << 20;

class Walk {
 public:
  explicit Walk(const BlobStore& blobs) : blobs_(blobs) {}

  void document(const Digest& digest) {
    if (!seen_.insert(digest).second || !blob(digest)) return;
    auto bytes = blobs_.read(digest, kLargestDocument);
    if (!bytes) return;
    if (auto manifest = image::Manifest::parse(*bytes)) {
      config(manifest->config.digest);
      for (const image::Descriptor& layer : manifest->layers) blob(layer.digest);
    } else if (auto index = image::Index::parse(*bytes)) {
      for (const image::Descriptor& entry : index->manifests) document(entry.digest);
    }
  }
  Reach take() { return std::move(reach_); }

 private:
  bool blob(const Digest& digest) {
    reach_.blobs.push_back(digest);
    if (blobs_.has(digest)) return true;
    reach_.missing.push_back(digest);
    return false;
  }
  void config(const Digest& digest) {
    if (!blob(digest)) return;
    auto bytes = blobs_.read(digest, kLargestDocument);
    auto config = bytes ? image::Config::parse(*bytes) : Result<image::Config>(std::move(bytes).error());
    if (config)
      reach_.diff_ids.insert(reach_.diff_ids.end(), config->diff_ids.begin(), config->diff_ids.end());
  }

  const BlobStore& blobs_;
  Reach reach_;
  std::unordered_set<Digest> seen_;
};

}  // namespace

Reach reach_of(const BlobStore& blobs, const Digest& root) {
  Walk walk(blobs);
  walk.document(root);
  return walk.take();
}

}  // namespace tierbuild::store
