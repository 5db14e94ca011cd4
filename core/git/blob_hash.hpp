// The ids of files as git would store them.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "git/object.hpp"

namespace tierbuild::git {

/// The SHA-1 of a blob whose size is known before its bytes.
class BlobHash {
 public:
  explicit BlobHash(uint64_t size);
  ~BlobHash();
  void update(std::string_view bytes);
  ObjectId finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The id of a regular file or symlink below an open directory, by its bytes as they are. A file that is no
/// longer there gives the empty id; one that cannot be read is an error.
Result<ObjectId> hash_file(int directory, const std::string& path, Mode mode);

}  // namespace tierbuild::git
