// Where an image is imported from: an OCI layout directory, or a tar of either kind.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "image/manifest.hpp"
#include "store/blob_store.hpp"

namespace tierbuild::store {

/// A blob that is in the store now.
struct StoredFile {
  Digest digest;
  uint64_t size = 0;
};

class Source {
 public:
  virtual ~Source() = default;
  /// The bytes of a small file such as `index.json`; `not_found`.
  virtual Result<std::string> text(const std::string& name) = 0;
  /// Puts the blob `blobs/sha256/…` into the store, verified; `not_found`, `corrupt`.
  virtual Status bring(const image::Descriptor& blob) = 0;
  /// Puts a file of any name into the store; `not_found`.
  virtual Result<StoredFile> file(const std::string& name) = 0;
};

/// An OCI layout; files are read when they are asked for.
std::unique_ptr<Source> directory_source(std::filesystem::path root, BlobStore& blobs);
/// A tar, compressed or not, read once from `fd` (not owned): blobs and layers go to the store at once,
/// because what names them may come last; a prune collects those that were not wanted. Small files stay in
/// memory.
Result<std::unique_ptr<Source>> tar_source(int fd, BlobStore& blobs);

}  // namespace tierbuild::store
