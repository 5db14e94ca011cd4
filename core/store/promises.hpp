// Promises: blobs that are not in the store and can be had from a repository of a registry when they are
// opened.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "store/blob_store.hpp"
#include "store/records.hpp"

namespace tierbuild::store {

struct Promise {
  std::string from;   // `registry/repository`; empty: it was made elsewhere, and kept by nobody
  uint64_t size = 0;  // bytes
  Digest diff_id{};   // of a layer: what its bytes must be when they are unpacked
  bool operator==(const Promise&) const = default;
};

/// Writes the bytes of a promised blob, verified.
using Bring = std::function<Status(const Digest& blob, const Promise& promise, int fd)>;

/// The promise that the records hold of a blob.
Result<std::optional<Promise>> promise_of(Records& records, const Digest& blob);

/// The blobs of another store, and promised ones: `open` and `read` bring these; for all else they are not
/// there. Thread-safe.
class PromisedBlobs final : public BlobStore {
 public:
  PromisedBlobs(std::unique_ptr<BlobStore> blobs, Records& records)
      : blobs_(std::move(blobs)), records_(records) {}

  bool has(const Digest& digest) const override { return blobs_->has(digest); }
  Result<uint64_t> size(const Digest& digest) const override { return blobs_->size(digest); }
  Result<UniqueFd> open(const Digest& digest) const override;
  Result<std::string> read(const Digest& digest, uint64_t limit) const override;
  Result<std::unique_ptr<BlobWriter>> begin() override { return blobs_->begin(); }
  Result<Digest> put(std::string_view bytes) override { return blobs_->put(bytes); }
  Status remove(const Digest& digest) override { return blobs_->remove(digest); }
  Status each(const std::function<Status(const Digest&, uint64_t size)>& visit) const override {
    return blobs_->each(visit);
  }

  /// Without somebody who brings them, nothing is promised.
  void set_bring(Bring bring);
  Status promise(const Digest& blob, const Promise& promise);
  /// The promise of a blob, unless its source has broken one: then this process trusts in none of its others.
  std::optional<Promise> promised(const Digest& blob) const;
  /// How many were broken so far.
  unsigned broken() const;

 private:
  Status bring(const Digest& digest) const;

  std::unique_ptr<BlobStore> blobs_;
  Records& records_;
  mutable std::mutex mutex_;
  mutable std::set<std::string> broken_sources_;
  mutable unsigned broken_ = 0;
  mutable std::map<Digest, std::weak_ptr<std::mutex>> under_way_;
  Bring bring_;
};

}  // namespace tierbuild::store
